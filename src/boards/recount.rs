//! Recounts in standard SQL: each gives the number of rows in which a counter differs from what it counts.

/// Name and statement of each check; the statement gives one bigint column `differences`.
pub(super) const CHECKS: &[(&str, &str)] = &[
    (
        "person_progress_is_the_sum_of_the_ledger",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT plan_id, person_id FROM (
                SELECT plan_id, person_id, minutes_online AS a, minutes_offline AS b, person_times AS c, passes AS d
                FROM person_progress
                UNION ALL
                SELECT plan_id, person_id,
                    -CASE WHEN part = 'online' THEN minutes ELSE 0 END,
                    -CASE WHEN part = 'offline' THEN minutes ELSE 0 END, -person_times, -passes
                FROM training_record
            ) AS both_sides GROUP BY plan_id, person_id
            HAVING SUM(a) <> 0 OR SUM(b) <> 0 OR SUM(c) <> 0 OR SUM(d) <> 0
        ) AS differing",
    ),
    (
        "region_counters_are_the_sum_of_the_ledger",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT plan_id, region_id, role FROM (
                SELECT plan_id, region_id, role, person_times AS a, online_times AS b, offline_times AS c, passes AS d,
                    minutes_online AS e, minutes_offline AS f
                FROM plan_progress
                UNION ALL
                SELECT plan_id, region_id, role, -person_times,
                    -CASE WHEN part = 'online' THEN person_times ELSE 0 END,
                    -CASE WHEN part = 'offline' THEN person_times ELSE 0 END, -passes,
                    -CASE WHEN part = 'online' THEN minutes ELSE 0 END,
                    -CASE WHEN part = 'offline' THEN minutes ELSE 0 END
                FROM training_record
            ) AS both_sides GROUP BY plan_id, region_id, role
            HAVING SUM(a) <> 0 OR SUM(b) <> 0 OR SUM(c) <> 0 OR SUM(d) <> 0 OR SUM(e) <> 0 OR SUM(f) <> 0
        ) AS differing",
    ),
    (
        "enterprise_counters_are_the_sum_of_the_ledger",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT plan_id, region_id, enterprise_id, role FROM (
                SELECT plan_id, region_id, enterprise_id, role, person_times AS a, online_times AS b,
                    offline_times AS c, passes AS d, minutes_online AS e, minutes_offline AS f
                FROM enterprise_progress
                UNION ALL
                SELECT plan_id, region_id, enterprise_id, role, -person_times,
                    -CASE WHEN part = 'online' THEN person_times ELSE 0 END,
                    -CASE WHEN part = 'offline' THEN person_times ELSE 0 END, -passes,
                    -CASE WHEN part = 'online' THEN minutes ELSE 0 END,
                    -CASE WHEN part = 'offline' THEN minutes ELSE 0 END
                FROM training_record WHERE enterprise_id IS NOT NULL
            ) AS both_sides GROUP BY plan_id, region_id, enterprise_id, role
            HAVING SUM(a) <> 0 OR SUM(b) <> 0 OR SUM(c) <> 0 OR SUM(d) <> 0 OR SUM(e) <> 0 OR SUM(f) <> 0
        ) AS differing",
    ),
    (
        "region_people_are_the_standing_completions",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT plan_id, region_id, role FROM (
                SELECT plan_id, region_id, role, people FROM plan_progress
                UNION ALL
                SELECT plan_id, region_id, role, -1 FROM completion WHERE withdrawn_at IS NULL
            ) AS both_sides GROUP BY plan_id, region_id, role HAVING SUM(people) <> 0
        ) AS differing",
    ),
    (
        "enterprise_people_are_the_standing_completions",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT plan_id, region_id, enterprise_id, role FROM (
                SELECT plan_id, region_id, enterprise_id, role, people FROM enterprise_progress
                UNION ALL
                SELECT plan_id, region_id, enterprise_id, role, -1 FROM completion
                WHERE withdrawn_at IS NULL AND enterprise_id IS NOT NULL
            ) AS both_sides GROUP BY plan_id, region_id, enterprise_id, role HAVING SUM(people) <> 0
        ) AS differing",
    ),
    (
        "days_add_up_to_the_ledger_and_the_completions",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT plan_id, region_id, day, role FROM (
                SELECT plan_id, region_id, day, role, people AS a, person_times AS b, online_times AS c,
                    offline_times AS d, passes AS e
                FROM daily_progress
                UNION ALL
                SELECT plan_id, region_id, happened_on, role, 0, -person_times,
                    -CASE WHEN part = 'online' THEN person_times ELSE 0 END,
                    -CASE WHEN part = 'offline' THEN person_times ELSE 0 END, -passes
                FROM training_record
                UNION ALL
                SELECT plan_id, region_id, completed_on, role, -1, 0, 0, 0, 0 FROM completion
                WHERE withdrawn_at IS NULL
            ) AS both_sides GROUP BY plan_id, region_id, day, role
            HAVING SUM(a) <> 0 OR SUM(b) <> 0 OR SUM(c) <> 0 OR SUM(d) <> 0 OR SUM(e) <> 0
        ) AS differing",
    ),
    (
        "days_of_classes_are_the_classes_held",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT county_id, plan_id, region_id, day FROM (
                SELECT county_id, plan_id, region_id, day, held FROM class_day
                UNION ALL
                SELECT county_id, plan_id, region_id, day, -1 FROM class_session WHERE state = 'held'
            ) AS both_sides GROUP BY county_id, plan_id, region_id, day HAVING SUM(held) <> 0
        ) AS differing",
    ),
    (
        "who_attended_and_passed_is_counted_where_he_stands",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT plan_id, region_id, role FROM (
                SELECT plan_id, region_id, role, attended AS a, passed_people AS b FROM plan_progress
                UNION ALL
                SELECT plan_id, region_id, role, -CASE WHEN person_times > 0 THEN 1 ELSE 0 END,
                    -CASE WHEN passes > 0 THEN 1 ELSE 0 END
                FROM person_progress
            ) AS both_sides GROUP BY plan_id, region_id, role HAVING SUM(a) <> 0 OR SUM(b) <> 0
        ) AS differing",
    ),
    (
        "nobody_is_both_complete_and_short_of_something",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM person_progress p
        WHERE (p.effort = 0) <> EXISTS (SELECT 1 FROM completion c
            WHERE c.plan_id = p.plan_id AND c.person_id = p.person_id AND c.withdrawn_at IS NULL)",
    ),
    (
        "who_met_the_demand_is_complete_and_nobody_else",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT plan_id, person_id FROM (
                SELECT p.plan_id, p.person_id, 1 AS side FROM person_progress p JOIN plan ON plan.id = p.plan_id
                WHERE p.minutes_online >= plan.required_online AND p.minutes_offline >= plan.required_offline
                    AND (plan.pass_mark IS NULL OR p.passes > 0) AND p.person_times > 0
                UNION ALL
                SELECT plan_id, person_id, -1 FROM completion WHERE withdrawn_at IS NULL
            ) AS both_sides GROUP BY plan_id, person_id HAVING SUM(side) <> 0
        ) AS differing",
    ),
    (
        "a_completion_is_of_the_day_on_which_the_demand_was_met",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            WITH of_day AS (
                SELECT plan_id, person_id, happened_on,
                    SUM(CASE WHEN part = 'online' THEN minutes ELSE 0 END) AS a,
                    SUM(CASE WHEN part = 'offline' THEN minutes ELSE 0 END) AS b,
                    SUM(person_times) AS c, SUM(passes) AS d
                FROM training_record GROUP BY plan_id, person_id, happened_on
            ), through AS (
                SELECT plan_id, person_id, happened_on, SUM(a) OVER days AS a, SUM(b) OVER days AS b,
                    SUM(c) OVER days AS c, SUM(d) OVER days AS d
                FROM of_day WINDOW days AS (PARTITION BY plan_id, person_id ORDER BY happened_on)
            ), met AS (
                SELECT t.plan_id, t.person_id, t.happened_on,
                    CASE WHEN t.a >= plan.required_online AND t.b >= plan.required_offline
                        AND (plan.pass_mark IS NULL OR t.d > 0) AND t.c > 0 THEN 1 ELSE 0 END AS good
                FROM through t JOIN plan ON plan.id = t.plan_id
            ), ends AS (
                SELECT plan_id, person_id, happened_on, good,
                    MAX(CASE WHEN good = 0 THEN happened_on END) OVER (PARTITION BY plan_id, person_id) AS last_short
                FROM met
            ), dated AS (
                SELECT plan_id, person_id, MIN(happened_on) AS day FROM ends
                WHERE good = 1 AND (last_short IS NULL OR happened_on > last_short) GROUP BY plan_id, person_id
            )
            SELECT c.plan_id, c.person_id FROM completion c
            LEFT JOIN dated ON dated.plan_id = c.plan_id AND dated.person_id = c.person_id
            WHERE c.withdrawn_at IS NULL AND (dated.day IS NULL OR dated.day <> c.completed_on
                OR NOT EXISTS (SELECT 1 FROM training_record t WHERE t.plan_id = c.plan_id
                    AND t.person_id = c.person_id AND t.happened_on = c.completed_on AND t.region_id = c.region_id
                    AND t.role = c.role AND COALESCE(t.enterprise_id, t.region_id) = COALESCE(c.enterprise_id, c.region_id)))
        ) AS differing",
    ),
    (
        "marks_give_what_the_ledger_holds",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT class_id, person_id FROM (
                SELECT class_id, person_id, minutes AS a, 1 AS b FROM attendance_mark WHERE replaced_by IS NULL
                UNION ALL
                SELECT source_id, person_id, -minutes, -person_times FROM training_record
                WHERE source = 'class' AND NOT EXISTS (
                    SELECT 1 FROM training_record AS hand WHERE hand.source_id = training_record.source_id
                        AND hand.person_id = training_record.person_id AND hand.reason IS NOT NULL)
            ) AS both_sides
            WHERE NOT EXISTS (
                SELECT 1 FROM training_record AS hand WHERE hand.source_id = both_sides.class_id
                    AND hand.person_id = both_sides.person_id AND hand.reason IS NOT NULL)
            GROUP BY class_id, person_id HAVING SUM(a) <> 0 OR SUM(b) <> 0
        ) AS differing",
    ),
    (
        "enrolments_are_the_sum_of_their_lessons",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT id FROM (
                SELECT id, credited_seconds AS a, lessons_done AS b FROM enrolment
                UNION ALL
                SELECT enrolment_id, -credited_seconds, -CASE WHEN done_at IS NULL THEN 0 ELSE 1 END FROM lesson_progress
            ) AS both_sides GROUP BY id HAVING SUM(a) <> 0 OR SUM(b) <> 0
        ) AS differing",
    ),
    (
        "finished_courses_and_passed_exams_are_in_the_ledger",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT source, source_id, person_id FROM (
                SELECT 'course' AS source, id AS source_id, person_id, 1 AS a FROM enrolment
                WHERE finished_at IS NOT NULL AND plan_id IS NOT NULL AND region_id IS NOT NULL
                UNION ALL
                SELECT DISTINCT 'exam', paper_id, person_id, 1 FROM exam_attempt
                WHERE passed AND plan_id IS NOT NULL AND region_id IS NOT NULL
                UNION ALL
                SELECT DISTINCT source, source_id, person_id, -1 FROM training_record WHERE source IN ('course', 'exam')
            ) AS both_sides GROUP BY source, source_id, person_id HAVING SUM(a) <> 0
        ) AS differing",
    ),
    (
        "exam_points_are_the_sum_of_their_grades",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT id FROM (
                SELECT id, points AS a FROM exam_attempt WHERE submitted_at IS NOT NULL
                UNION ALL
                SELECT attempt_id, -points FROM exam_grade
            ) AS both_sides GROUP BY id HAVING SUM(a) <> 0
        ) AS differing",
    ),
    (
        "due_codes_are_those_of_the_newest_list",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT county_id, region_id FROM (
                SELECT county_id, region_id, due FROM claim_progress
                UNION ALL
                SELECT e.county_id, e.region_id, -1 FROM due_entry e JOIN due_list l ON l.id = e.due_list_id
                WHERE NOT EXISTS (
                    SELECT 1 FROM due_list newer WHERE newer.county_id = l.county_id AND (newer.frozen_on > l.frozen_on
                        OR (newer.frozen_on = l.frozen_on AND newer.id > l.id)))
            ) AS both_sides GROUP BY county_id, region_id HAVING SUM(due) <> 0
        ) AS differing",
    ),
    (
        "claims_are_counted_on_and_off_the_list",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT county_id, region_id FROM (
                SELECT county_id, region_id, claimed_on_list AS a, claimed_outside_list AS b FROM claim_progress
                UNION ALL
                SELECT county_id, region_id, -CASE WHEN on_list THEN 1 ELSE 0 END,
                    -CASE WHEN on_list THEN 0 ELSE 1 END
                FROM claim
            ) AS both_sides GROUP BY county_id, region_id HAVING SUM(a) <> 0 OR SUM(b) <> 0
        ) AS differing",
    ),
    (
        "committed_uploads_left_their_lines",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM attendance_upload u
        WHERE u.state = 'committed' AND (u.committed_at IS NULL
            OR u.lines <> (SELECT COUNT(*) FROM upload_line l WHERE l.upload_id = u.id))",
    ),
    (
        "settled_times_are_those_of_the_ledger_before",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT plan_id, region_id FROM (
                SELECT plan_id, region_id, person_times AS a, online_times AS b, offline_times AS c, passed AS d
                FROM settlement_row
                UNION ALL
                SELECT t.plan_id, t.region_id, -t.person_times,
                    -CASE WHEN t.part = 'online' THEN t.person_times ELSE 0 END,
                    -CASE WHEN t.part = 'offline' THEN t.person_times ELSE 0 END, -t.passes
                FROM training_record t JOIN plan_settlement s ON s.plan_id = t.plan_id AND NOT t.after_settlement
            ) AS both_sides GROUP BY plan_id, region_id
            HAVING SUM(a) <> 0 OR SUM(b) <> 0 OR SUM(c) <> 0 OR SUM(d) <> 0
        ) AS differing",
    ),
    (
        "settled_quotas_are_the_sum_of_the_lines_before",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT plan_id, region_id FROM (
                SELECT plan_id, region_id, quota AS a FROM settlement_row
                UNION ALL
                SELECT q.plan_id, q.region_id, -q.amount FROM quota_line q
                JOIN plan_settlement s ON s.plan_id = q.plan_id AND NOT q.after_settlement
            ) AS both_sides GROUP BY plan_id, region_id HAVING SUM(a) <> 0
        ) AS differing",
    ),
    (
        // Withdrawn later is withdrawn with a ledger line of the same work that came later.
        "settled_people_were_complete",
        "SELECT CAST(COUNT(*) AS BIGINT) AS differences FROM (
            SELECT plan_id, region_id FROM (
                SELECT plan_id, region_id, principal AS a, safety_manager AS b, key_post AS c, other AS d,
                    completed AS e
                FROM settlement_row
                UNION ALL
                SELECT c.plan_id, c.region_id,
                    -CASE WHEN c.role = 'principal' THEN 1 ELSE 0 END,
                    -CASE WHEN c.role = 'safety_manager' THEN 1 ELSE 0 END,
                    -CASE WHEN c.role = 'key_post' THEN 1 ELSE 0 END,
                    -CASE WHEN c.role = 'other' THEN 1 ELSE 0 END, -1
                FROM completion c JOIN plan_settlement s ON s.plan_id = c.plan_id AND NOT c.after_settlement
                WHERE c.withdrawn_at IS NULL OR EXISTS (
                    SELECT 1 FROM training_record t WHERE t.plan_id = c.plan_id AND t.person_id = c.person_id
                        AND t.after_settlement AND t.recorded_at = c.withdrawn_at)
            ) AS both_sides GROUP BY plan_id, region_id
            HAVING SUM(a) <> 0 OR SUM(b) <> 0 OR SUM(c) <> 0 OR SUM(d) <> 0 OR SUM(e) <> 0
        ) AS differing",
    ),
];
