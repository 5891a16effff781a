//! The table of boundary days: the day before, the day, the day after, under both orders.

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::super::rules::{OnRecord, RuleKind, Rules, dates, rests_on, status_on};
    use super::super::rules_states::{IssuerState, Standing, Status};
    use super::super::seed::shipped;

    use Status::{
        DatesUnknown, DueForRenewal, DueForReview, Lapsed, ReviewOverdue, Unverified, Valid,
        WaitingForIssuer,
    };

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rules() -> Rules {
        shipped().unwrap()
    }

    /// Of a due list: first issue, last day.
    fn listed(first_issued: &str, valid_until: &str) -> OnRecord {
        let told = |text: &str| (!text.is_empty()).then(|| day(text));
        OnRecord {
            first_issued: told(first_issued),
            valid_until: told(valid_until),
            reviewed_on: None,
            review_due: None,
            unbroken_ten_years: false,
            issuer_state: IssuerState::Listed,
        }
    }

    fn reviewed(record: OnRecord, on: &str) -> OnRecord {
        OnRecord {
            reviewed_on: Some(day(on)),
            ..record
        }
    }

    fn due(record: OnRecord, on: &str) -> OnRecord {
        OnRecord {
            review_due: Some(day(on)),
            ..record
        }
    }

    fn check(rows: &[(OnRecord, &[(&str, Status)])]) {
        let rules = rules();
        for (record, days) in rows {
            for (on, expected) in *days {
                let found = status_on(record, Standing::Active, &rules, day(on));
                assert_eq!(found, *expected, "{record:?} on {on}");
            }
        }
    }

    #[test]
    fn a_recorded_last_day_is_the_last_and_renewal_opens_sixty_days_before() {
        let of_2015 = reviewed(listed("2015-02-18", "2021-02-18"), "2018-02-10");
        let under_19 = listed("2026-06-01", "2032-06-01");
        check(&[
            (
                of_2015,
                &[
                    ("2020-12-19", Valid),
                    ("2020-12-20", DueForRenewal),
                    ("2020-12-21", DueForRenewal),
                    ("2021-02-17", DueForRenewal),
                    ("2021-02-18", DueForRenewal),
                    ("2021-02-19", Lapsed),
                    ("2026-06-01", Lapsed),
                ],
            ),
            (
                under_19,
                &[
                    ("2026-05-31", DatesUnknown),
                    ("2026-06-01", Valid),
                    ("2029-06-02", Valid),
                    ("2032-04-01", Valid),
                    ("2032-04-02", DueForRenewal),
                    ("2032-06-01", DueForRenewal),
                    ("2032-06-02", Lapsed),
                ],
            ),
        ]);
    }

    #[test]
    fn a_recorded_due_day_is_the_last_and_a_reckoned_one_only_raises_doubt() {
        let recorded = due(listed("2018-03-01", "2024-03-01"), "2021-03-01");
        let reckoned = listed("2018-03-01", "2024-03-01");
        check(&[
            (
                recorded,
                &[
                    ("2020-12-30", Valid),
                    ("2020-12-31", DueForReview),
                    ("2021-01-01", DueForReview),
                    ("2021-02-28", DueForReview),
                    ("2021-03-01", DueForReview),
                    ("2021-03-02", ReviewOverdue),
                    ("2024-03-01", ReviewOverdue),
                    ("2024-03-02", Lapsed),
                ],
            ),
            (
                reckoned,
                &[
                    ("2020-12-30", Valid),
                    ("2020-12-31", DueForReview),
                    ("2021-03-01", DueForReview),
                    ("2021-03-02", Unverified),
                    ("2024-03-01", Unverified),
                    ("2024-03-02", Lapsed),
                ],
            ),
        ]);
    }

    #[test]
    fn a_review_covers_what_is_due_within_its_sixty_days_and_is_known_from_its_day_on() {
        let recorded = due(listed("2018-03-01", "2024-03-01"), "2021-03-01");
        check(&[
            // 2020-12-31 is sixty days before the due day, 2020-12-30 one more.
            (
                reviewed(recorded, "2020-12-31"),
                &[
                    ("2020-12-30", Valid),
                    ("2020-12-31", Valid),
                    ("2021-03-02", Valid),
                ],
            ),
            (
                reviewed(recorded, "2020-12-30"),
                &[("2020-12-31", DueForReview), ("2021-03-02", ReviewOverdue)],
            ),
            // Late: overdue until the day it was passed.
            (
                reviewed(recorded, "2021-04-10"),
                &[
                    ("2021-03-01", DueForReview),
                    ("2021-04-09", ReviewOverdue),
                    ("2021-04-10", Valid),
                ],
            ),
            (
                reviewed(listed("2018-03-01", "2024-03-01"), "2021-02-20"),
                &[
                    ("2021-02-19", DueForReview),
                    ("2021-02-20", Valid),
                    ("2021-03-02", Valid),
                ],
            ),
        ]);
    }

    #[test]
    fn a_review_due_on_or_after_the_first_of_june_2026_is_no_longer_held() {
        let rules = rules();
        // Due the day before, on the day and after it: by the card, and reckoned.
        let table = [
            ("2023-05-30", "2029-05-30", Some("2026-05-30")),
            ("2023-05-31", "2029-05-31", Some("2026-05-31")),
            ("2023-06-01", "2029-06-01", None),
            ("2023-06-02", "2029-06-02", None),
            ("2026-06-01", "2032-06-01", None),
        ];
        for (issued, until, expected) in table {
            let record = listed(issued, until);
            let third = issued.replace("2026", "2029").replace("2023", "2026");
            for (record, computed) in [(record, true), (due(record, &third), false)] {
                let found = dates(&record, &rules, day("2026-06-10"));
                assert_eq!(found.review_due, expected.map(day), "{issued} to {until}");
                assert_eq!(found.review_due_computed, computed && expected.is_some());
            }
        }
        check(&[
            (
                due(listed("2023-05-31", "2029-05-31"), "2026-05-31"),
                &[
                    ("2026-05-31", DueForReview),
                    ("2026-06-01", ReviewOverdue),
                    ("2026-06-02", ReviewOverdue),
                ],
            ),
            (
                due(listed("2023-06-01", "2029-06-01"), "2026-06-01"),
                &[
                    ("2026-05-31", Valid),
                    ("2026-06-01", Valid),
                    ("2026-06-02", Valid),
                ],
            ),
            (
                listed("2023-05-31", "2029-05-31"),
                &[("2026-05-31", DueForReview), ("2026-06-01", Unverified)],
            ),
            (
                listed("2023-06-01", "2029-06-01"),
                &[
                    ("2026-05-31", Valid),
                    ("2026-06-01", Valid),
                    ("2026-06-02", Valid),
                ],
            ),
        ]);
    }

    #[test]
    fn ten_years_of_unbroken_work_put_the_review_off_to_the_renewal() {
        let rules = rules();
        let agreed = |issued: &str| OnRecord {
            unbroken_ten_years: true,
            ..listed(issued, "2021-03-01")
        };
        // The term began on 2015-03-01, so a review is due on 2018-03-01 unless the ten years are full by then.
        let table = [
            ("2008-02-29", None),
            ("2008-03-01", None),
            ("2008-03-02", Some("2018-03-01")),
            ("2015-03-01", Some("2018-03-01")),
            ("", None),
        ];
        for (issued, expected) in table {
            let found = dates(&agreed(issued), &rules, day("2017-01-01")).review_due;
            assert_eq!(found, expected.map(day), "first issued {issued}");
            let plain = OnRecord {
                unbroken_ten_years: false,
                ..agreed(issued)
            };
            let found = dates(&plain, &rules, day("2017-01-01")).review_due;
            assert_eq!(
                found,
                Some(day("2018-03-01")),
                "without the issuer's consent"
            );
        }
    }

    #[test]
    fn what_is_only_reckoned_never_ends_a_certificate() {
        let rules = rules();
        let first = listed("2016-02-29", "");
        let found = dates(&first, &rules, day("2016-03-01"));
        assert_eq!(
            (found.valid_until, found.valid_until_computed),
            (Some(day("2022-02-28")), true)
        );
        assert_eq!(
            (found.review_due, found.review_due_computed),
            (Some(day("2019-02-28")), true)
        );
        check(&[
            (
                reviewed(first, "2019-02-01"),
                &[
                    ("2016-02-28", DatesUnknown),
                    ("2016-02-29", Valid),
                    ("2018-12-29", Valid),
                    ("2018-12-30", DueForReview),
                    ("2019-02-01", Valid),
                    ("2021-12-29", Valid),
                    ("2021-12-30", DueForRenewal),
                    ("2022-02-28", DueForRenewal),
                    ("2022-03-01", Unverified),
                ],
            ),
            (listed("", ""), &[("2020-01-01", DatesUnknown)]),
            // A due day alone is something to go by, but nobody knows until when it is valid.
            (
                due(listed("", ""), "2020-05-01"),
                &[("2020-05-01", DatesUnknown), ("2020-05-02", ReviewOverdue)],
            ),
        ]);
    }

    #[test]
    fn a_term_is_that_of_the_last_day_and_the_due_day_of_the_term_before_is_settled() {
        let rules = rules();
        let renewed = due(listed("2009-03-01", "2027-02-18"), "2018-02-18");
        let found = dates(&renewed, &rules, day("2022-01-01"));
        assert_eq!(
            (found.review_due, found.review_due_computed),
            (Some(day("2024-02-18")), true)
        );
        // What stood before that term is not known; one who renewed early is not doubted for it.
        check(&[(
            renewed,
            &[
                ("2009-02-28", DatesUnknown),
                ("2009-03-01", Unverified),
                ("2020-12-19", Unverified),
                ("2020-12-20", Valid),
                ("2021-02-18", Valid),
                ("2023-12-20", DueForReview),
            ],
        )]);
        // A card that ends a day early began on the day it was issued.
        let early = listed("2015-02-18", "2021-02-17");
        let found = dates(&early, &rules, day("2016-01-01"));
        assert_eq!(found.review_due, Some(day("2018-02-18")));
        // Older than all rules: read by the first of them.
        let old = dates(&listed("2008-05-01", ""), &rules, day("2009-01-01"));
        assert_eq!(
            (old.valid_until, old.review_due),
            (Some(day("2014-05-01")), Some(day("2011-05-01")))
        );
    }

    #[test]
    fn the_first_row_that_fits_is_told() {
        use IssuerState::{Confirmed, Differs, Listed, Waiting};
        let rules = rules();
        let on = day("2022-01-01");
        let good = reviewed(listed("2018-03-01", "2024-03-01"), "2021-02-20");
        let lapsed = listed("2015-02-18", "2021-02-18");
        let overdue = due(listed("2018-03-01", "2024-03-01"), "2021-03-01");
        let doubtful = listed("2018-03-01", "2024-03-01");
        let empty = listed("", "");
        let with = |record: OnRecord, issuer_state| OnRecord {
            issuer_state,
            ..record
        };
        for (standing, expected) in [
            (Standing::Suspended, Status::Suspended),
            (Standing::Revoked, Status::Revoked),
            (Standing::Cancelled, Status::Cancelled),
        ] {
            for record in [good, lapsed, overdue, empty] {
                assert_eq!(status_on(&record, standing, &rules, on), expected);
            }
        }
        let table = [
            (
                good,
                [Valid, Valid, WaitingForIssuer, Unverified, Unverified],
            ),
            (lapsed, [Lapsed; 5]),
            (overdue, [ReviewOverdue; 5]),
            (
                empty,
                [
                    DatesUnknown,
                    DatesUnknown,
                    WaitingForIssuer,
                    DatesUnknown,
                    DatesUnknown,
                ],
            ),
            (
                doubtful,
                [
                    Unverified,
                    Unverified,
                    WaitingForIssuer,
                    Unverified,
                    Unverified,
                ],
            ),
        ];
        for (record, expected) in table {
            let states = [Listed, Confirmed, Waiting, Differs, IssuerState::Unverified];
            let found =
                states.map(|state| status_on(&with(record, state), Standing::Active, &rules, on));
            assert_eq!(found, expected, "{record:?} {states:?}");
        }
    }

    #[test]
    fn a_status_names_the_rules_it_rests_on() {
        use RuleKind::{ApplyDays, ReviewYears, ReviewYearsUnbroken, UnbrokenYears, ValidityYears};
        let rules = rules();
        let named = |record: OnRecord, on: &str| -> Vec<(RuleKind, i32)> {
            let used = rests_on(&record, &rules, day(on));
            used.iter().map(|rule| (rule.kind, rule.amount)).collect()
        };
        assert_eq!(
            named(listed("2018-03-01", "2024-03-01"), "2020-06-30"),
            [(ValidityYears, 6), (ReviewYears, 3), (ApplyDays, 60)]
        );
        assert_eq!(
            named(listed("2023-06-01", "2029-06-01"), "2026-06-01"),
            [
                (ValidityYears, 6),
                (ReviewYears, 3),
                (ReviewYears, 0),
                (ApplyDays, 60)
            ]
        );
        let agreed = OnRecord {
            unbroken_ten_years: true,
            ..listed("2005-03-01", "2021-03-01")
        };
        assert_eq!(
            named(agreed, "2020-06-30"),
            [
                (ValidityYears, 6),
                (UnbrokenYears, 10),
                (ReviewYearsUnbroken, 6),
                (ApplyDays, 60)
            ]
        );
        assert_eq!(named(listed("", ""), "2020-06-30"), [(ApplyDays, 60)]);
    }
}
