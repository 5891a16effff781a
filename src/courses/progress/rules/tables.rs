//! What single heartbeats and checks come to, as tables.

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::*;

    /// Nine in the morning of some day.
    const MORNING: i64 = 1_600_000_000_000;

    fn id(n: usize) -> Uuid {
        Uuid::from_u128(n as u128 + 1)
    }

    /// A player of a lesson of ten minutes; by which plan, every so many seconds a check.
    fn player(n: usize, lesson: usize, place: i64, presence_every: i64, now: i64) -> Player {
        let terms = Terms {
            seconds: 600,
            demanded: 600,
            presence_every,
        };
        Player::open(id(n), [id(0), id(lesson)], terms, place, now)
    }

    fn beat(seq: i64, from: i64, to: i64, at: i64) -> Beat {
        Beat { seq, from, to, at }
    }

    /// A learner with one player opened in the morning on a lesson of ten minutes.
    fn opened() -> (Learner, Lesson) {
        let mut learner = Learner::default();
        learner.open(player(0, 0, 0, 0, MORNING));
        (learner, Lesson::default())
    }

    /// Heartbeats that arrive at seconds after the opening, and what each brings.
    fn tell(story: &[(Beat, i64, Verdict, i64)]) -> Lesson {
        let (mut learner, mut lesson) = opened();
        for (step, (beat, arrived, verdict, seconds)) in story.iter().enumerate() {
            let now = MORNING + arrived * 1_000;
            let heard = take(&mut learner, 0, &mut lesson, beat, now);
            assert_eq!(
                (heard.verdict, heard.seconds),
                (*verdict, *seconds),
                "step {step}"
            );
            assert_eq!(
                learner.spent.total(),
                lesson.covered.total() * 1_000,
                "step {step}"
            );
        }
        lesson
    }

    #[test]
    fn what_was_played_through_is_credited_once_and_the_place_kept() {
        use Verdict::*;
        let lesson = tell(&[
            (beat(0, 0, 0, 1_000), 1, Taken, 0),
            (beat(1, 0, 10, 11_000), 11, Taken, 10),
            (beat(1, 0, 10, 11_000), 12, Repeated, 0),
            // Back by five seconds: only what is new counts.
            (beat(2, 5, 15, 21_000), 22, Taken, 5),
            // Paused for a minute.
            (beat(3, 15, 25, 91_000), 91, Taken, 10),
        ]);
        assert_eq!((lesson.covered.total(), lesson.place), (25, 25));
    }

    #[test]
    fn a_leap_is_not_credited_and_what_follows_it_is() {
        use Verdict::*;
        let lesson = tell(&[
            (beat(0, 0, 10, 10_000), 10, Taken, 10),
            (beat(1, 500, 510, 20_000), 20, Taken, 10),
            // Said to have been played, in no time.
            (beat(2, 510, 590, 21_000), 21, TooFast, 0),
            (beat(3, 590, 600, 31_000), 31, Taken, 10),
        ]);
        assert_eq!(lesson.covered.as_slice(), [(0, 10), (500, 510), (590, 600)]);
    }

    #[test]
    fn lost_heartbeats_are_bridged_by_continuous_play_and_by_nothing_else() {
        use Verdict::*;
        // 1 and 2 are lost; 3 proves them, and they change nothing when they come after all.
        let lesson = tell(&[
            (beat(0, 0, 10, 10_000), 10, Taken, 10),
            (beat(3, 30, 40, 40_000), 40, Taken, 30),
            (beat(1, 10, 20, 20_000), 41, Repeated, 0),
        ]);
        assert_eq!(lesson.covered.as_slice(), [(0, 40)]);
        // Time for it went by, but not in one go: it may have been a pause and a leap.
        let lesson = tell(&[
            (beat(0, 0, 10, 10_000), 10, Taken, 10),
            (beat(3, 30, 40, 60_000), 60, Taken, 10),
            // The lost one comes late, and tells.
            (beat(1, 10, 20, 20_000), 70, Taken, 10),
            (beat(2, 20, 30, 50_000), 71, Taken, 10),
        ]);
        assert_eq!(lesson.covered.as_slice(), [(0, 40)]);
        // None was lost: a leap of twenty seconds after a pause of twenty.
        let lesson = tell(&[
            (beat(0, 0, 10, 10_000), 10, Taken, 10),
            (beat(1, 30, 40, 40_000), 40, Taken, 10),
        ]);
        assert_eq!(lesson.covered.total(), 20);
    }

    #[test]
    fn ten_times_as_fast_earns_nothing_whatever_the_phone_says_of_its_clock() {
        for clock in [1, 10] {
            let (mut learner, mut lesson) = opened();
            let mut sum = 0;
            for n in 0..60 {
                // A second by our clock, ten of the lesson.
                let lie = beat(n, n * 10, n * 10 + 10, (n + 1) * 1_000 * clock);
                let now = MORNING + (n + 1) * 1_000;
                let heard = take(&mut learner, 0, &mut lesson, &lie, now);
                assert_eq!(heard.verdict, Verdict::TooFast);
                sum += heard.seconds;
            }
            assert_eq!(sum, 0, "clock × {clock}");
        }
    }

    #[test]
    fn two_lessons_at_once_share_the_time_and_hours_offline_arrive_late() {
        let (mut learner, mut one) = opened();
        let mut two = Lesson::default();
        let mut long = player(1, 1, 0, 0, MORNING);
        long.terms.seconds = 7_200;
        learner.open(long);
        // An hour of the second lesson without a network; meanwhile five minutes of the first, heard at once.
        for n in 0..30 {
            let at = 600_000 + (n + 1) * 10_000;
            take(
                &mut learner,
                0,
                &mut one,
                &beat(n, n * 10, n * 10 + 10, at),
                MORNING + at,
            );
        }
        let late = MORNING + 5 * 3_600_000;
        let hour = beat(0, 0, 3_600, 3_600_000);
        let heard = take(&mut learner, 1, &mut two, &hour, late);
        assert_eq!((heard.verdict, heard.seconds), (Verdict::Elsewhere, 3_300));
        assert_eq!((one.covered.total(), two.covered.total()), (300, 3_300));
        assert_eq!(two.covered.as_slice(), [(0, 600), (900, 3_600)]);
        // What was played after it is not frozen by it.
        let more = beat(1, 3_600, 7_200, 7_200_000);
        let heard = take(&mut learner, 1, &mut two, &more, late);
        assert_eq!((heard.verdict, heard.seconds), (Verdict::Taken, 3_600));
    }

    #[test]
    fn a_failed_check_takes_back_what_came_since_the_last_and_a_passed_one_settles_it() {
        let (mut learner, mut lesson) = opened();
        learner.players[0].terms.presence_every = 150;
        let play = |learner: &mut Learner, lesson: &mut Lesson, n: i64| {
            let now = MORNING + (n + 1) * 100_000;
            let beat = beat(n, n * 100, n * 100 + 100, (n + 1) * 100_000);
            take(learner, 0, lesson, &beat, now).seconds
        };
        assert_eq!(play(&mut learner, &mut lesson, 0), 100);
        assert_eq!(learner.check.ask(150, MORNING + 100_000), None);
        assert_eq!(play(&mut learner, &mut lesson, 1), 100);
        let asked = MORNING + 200_000;
        assert_eq!(learner.check.ask(150, asked), Some(1));
        // Asked again until it is answered; the same number, from the same moment.
        assert_eq!(learner.check.ask(150, asked + 9_000), Some(1));
        let tap = |shown_at, tapped_at| Tap {
            number: 1,
            shown_at,
            tapped_at,
        };
        let check = learner.check;
        let judged = |tap: Tap, arrived: i64| check.judge(MORNING, &tap, MORNING + arrived);
        assert_eq!(judged(tap(201_000, Some(231_000)), 231_000), Some(true));
        assert_eq!(
            judged(tap(201_000, Some(231_001)), 232_000),
            Some(false),
            "too late"
        );
        assert_eq!(judged(tap(201_000, None), 231_000), Some(false), "let pass");
        assert_eq!(
            judged(tap(190_000, Some(201_000)), 231_000),
            Some(false),
            "before it was asked"
        );
        assert_eq!(
            judged(tap(240_000, Some(250_000)), 231_000),
            Some(false),
            "not yet"
        );
        assert_eq!(
            judged(
                Tap {
                    number: 2,
                    ..tap(201_000, None)
                },
                231_000
            ),
            None
        );
        // A tap that comes hours late, from a phone without a network, passes.
        assert_eq!(judged(tap(201_000, Some(205_000)), 20_000_000), Some(true));
        assert_eq!(lesson.settle(true), 0);
        learner.check.settle();
        assert_eq!(play(&mut learner, &mut lesson, 2), 100);
        assert_eq!(lesson.settle(false), 100);
        assert_eq!(lesson.covered.as_slice(), [(0, 200)]);
        learner.check.settle();
        assert_eq!((learner.check.number, learner.check.since), (3, 0));
        // Played again it counts again: it had earned nothing.
        let now = MORNING + 900_000;
        let again = take(
            &mut learner,
            0,
            &mut lesson,
            &beat(3, 200, 300, 900_000),
            now,
        );
        assert_eq!(again.seconds, 100);
    }

    #[test]
    fn nothing_is_done_while_a_check_waits_and_what_is_done_is_not_taken_back() {
        let mut all = Lesson::default();
        all.covered.add(0, 100);
        all.unproven.add(50, 100);
        let mut check = Check {
            told_at: Some(MORNING),
            ..Check::default()
        };
        assert!(!all.clone().finish(100, &check));
        check.settle();
        assert!(all.finish(100, &check));
        assert!(!all.finish(100, &check), "once");
        assert_eq!((all.settle(false), all.covered.total()), (0, 100));
    }

    #[test]
    fn the_distance_of_checks_lies_around_the_rate() {
        for draw in [0, 1, 599, 600, 601, u64::MAX] {
            let distance = presence::distance(600, draw);
            assert!((300..=900).contains(&distance), "{distance}");
        }
        assert_ne!(presence::distance(600, 7), presence::distance(600, 8));
    }
}
