//! Whole evenings of learning at random: the honest get what they played, nobody gets more than time.

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;
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

    /// What an honest learner does in one sitting: on which device, in which lesson, and pieces of play.
    #[derive(Clone, Debug)]
    struct Sitting {
        lesson: usize,
        pieces: Vec<Piece>,
    }

    /// So many seconds idle, a leap there where there is one, so many seconds of play.
    #[derive(Clone, Debug)]
    struct Piece {
        idle: i64,
        leap: Option<i64>,
        play: i64,
    }

    fn sittings() -> impl Strategy<Value = Vec<Sitting>> {
        let piece = (
            0..90_i64,
            prop::option::weighted(0.2, 0..500_i64),
            1..200_i64,
        );
        let piece = piece.prop_map(|(idle, leap, play)| Piece { idle, leap, play });
        let sitting = (0..3_usize, prop::collection::vec(piece, 1..5));
        let sitting = sitting.prop_map(|(lesson, pieces)| Sitting { lesson, pieces });
        prop::collection::vec(sitting, 1..7)
    }

    /// A heartbeat on its way: of which player, which lesson, and whether the phone repeats it until it is answered.
    struct Sent {
        player: usize,
        lesson: usize,
        beat: Beat,
        surely: bool,
        sent: i64,
    }

    /// Plays the sittings: every heartbeat that the phones send, the openings, and what was really played.
    fn play(
        sittings: &[Sitting],
        jitter: &[i64],
    ) -> (Vec<i64>, Vec<Sent>, BTreeMap<usize, BTreeSet<i64>>) {
        let (mut clock, mut wobble) = (MORNING, jitter.iter().cycle());
        let mut wobble = move || *wobble.next().unwrap();
        let (mut openings, mut sent) = (Vec::new(), Vec::new());
        let mut truth: BTreeMap<usize, BTreeSet<i64>> = BTreeMap::new();
        let mut places: BTreeMap<usize, i64> = BTreeMap::new();
        for (player, sitting) in sittings.iter().enumerate() {
            let lesson = sitting.lesson;
            let opened = clock;
            openings.push(opened);
            let mut seq = 0;
            let place = places.entry(lesson).or_default();
            let mut say = |from, to, at: i64, surely| {
                let beat = beat(seq, from, to, (at - opened).max(0));
                seq += 1;
                sent.push(Sent {
                    player,
                    lesson,
                    beat,
                    surely,
                    sent: at,
                });
            };
            for piece in &sitting.pieces {
                clock += piece.idle * 1_000;
                *place = piece.leap.unwrap_or(*place).min(600);
                say(*place, *place, clock + wobble(), true);
                let mut left = piece.play.min(600 - *place);
                while left > 0 {
                    let step = left.min(10);
                    clock += step * 1_000;
                    left -= step;
                    truth
                        .entry(lesson)
                        .or_default()
                        .extend(*place..*place + step);
                    say(*place, *place + step, clock + wobble(), left == 0);
                    *place += step;
                }
            }
            // Time to put one device down and open the next.
            clock += 1_000;
        }
        (openings, sent, truth)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]

        /// A third of the heartbeats is lost, others come hours late and out of order, readings wobble, devices change.
        #[test]
        fn an_honest_learner_gets_what_he_played_to_the_second(
            sittings in sittings(),
            jitter in prop::collection::vec(0..250_i64, 1..40),
            fates in prop::collection::vec((0..100_u8, 0..100_u8, 0..20_000_000_i64), 1..60),
        ) {
            let (openings, sent, truth) = play(&sittings, &jitter);
            let mut arriving: Vec<(i64, &Sent)> = Vec::new();
            for (sent, (fate, late, delay)) in sent.iter().zip(fates.iter().cycle()) {
                if *fate < 30 && !sent.surely {
                    continue;
                }
                let delay = if *late < 20 { *delay } else { delay % 3_000 };
                arriving.push((sent.sent + delay, sent));
                if *fate > 80 {
                    arriving.push((sent.sent + delay * 2, sent));
                }
            }
            arriving.sort_by_key(|(at, _)| *at);
            let mut learner = Learner::default();
            let mut lessons: BTreeMap<usize, Lesson> = (0..3).map(|n| (n, Lesson::default())).collect();
            let mut opened = 0;
            let mut open = |learner: &mut Learner, until: i64| {
                while openings.get(opened).is_some_and(|at| *at <= until) {
                    learner.open(player(opened, 0, 0, 0, openings[opened]));
                    opened += 1;
                }
            };
            for (at, last) in arriving {
                open(&mut learner, at);
                let place = learner.player(id(last.player), at).unwrap();
                let lesson = lessons.get_mut(&last.lesson).unwrap();
                // What a phone repeats until it is answered goes before all that came after it.
                let earlier = |sent: &&Sent| {
                    sent.surely && sent.player == last.player && sent.beat.seq < last.beat.seq
                };
                for sent in sent.iter().filter(earlier).chain([last]) {
                    take(&mut learner, place, lesson, &sent.beat, at);
                }
            }
            for (n, lesson) in &lessons {
                let got: BTreeSet<i64> = lesson.covered.as_slice().iter().flat_map(|(a, b)| *a..*b).collect();
                let played = truth.get(n).cloned().unwrap_or_default();
                prop_assert_eq!(&got, &played, "lesson {}", n);
            }
        }
    }

    /// Anything a phone may send.
    #[derive(Clone, Debug)]
    enum Move {
        Open { lesson: usize, place: i64 },
        Beats { player: usize, beats: Vec<Beat> },
        Answer { passed: bool },
        Wait(i64),
    }

    fn moves() -> impl Strategy<Value = Vec<Move>> {
        let loose = (0..30_i64, 0..700_i64, 0..200_i64, 0..4_000_000_i64)
            .prop_map(|(seq, from, long, at)| beat(seq, from, from + long, at));
        // A run of plausible ones, at a speed of its own.
        let run = (
            0..30_i64,
            0..600_i64,
            1..20_i64,
            1..15_usize,
            1..12_i64,
            0..900_000_i64,
        )
            .prop_map(|(seq, from, step, count, speed, at)| -> Vec<Beat> {
                let each = |n: i64| {
                    let from = from + n * step;
                    beat(
                        seq + n,
                        from,
                        from + step,
                        at + (n + 1) * step * 1_000 / speed,
                    )
                };
                (0..count as i64).map(each).collect()
            });
        let beats = prop_oneof![prop::collection::vec(loose, 1..6), run];
        let one = prop_oneof![
            2 => (0..3_usize, 0..600_i64).prop_map(|(lesson, place)| Move::Open { lesson, place }),
            6 => (0..6_usize, beats).prop_map(|(player, beats)| Move::Beats { player, beats }),
            1 => any::<bool>().prop_map(|passed| Move::Answer { passed }),
            4 => prop_oneof![0..2_000_i64, 0..60_000_i64, 0..8_000_000_i64].prop_map(Move::Wait),
        ];
        prop::collection::vec(one, 1..40)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn whatever_is_sent_credit_exceeds_neither_time_nor_lesson_and_a_repeat_changes_nothing(
            moves in moves(),
        ) {
            let mut learner = Learner::default();
            let mut lessons: Vec<Lesson> = vec![Lesson::default(); 3];
            let mut of_player: Vec<usize> = Vec::new();
            let (mut now, mut first) = (MORNING, None);
            for step in &moves {
                match step {
                    Move::Open { lesson, place } => {
                        first = first.or(Some(now));
                        learner.open(player(of_player.len(), *lesson, *place, 100, now));
                        of_player.push(*lesson);
                    }
                    Move::Beats { player, beats } => {
                        let Some(place) = learner.player(id(*player), now) else { continue };
                        let lesson = &mut lessons[of_player[*player]];
                        let mut kept = Vec::new();
                        for beat in beats {
                            let runs = learner.players[place].runs.clone();
                            let heard = take(&mut learner, place, lesson, beat, now);
                            prop_assert!(heard.verdict != Verdict::Repeated || heard.seconds == 0);
                            if runs != learner.players[place].runs {
                                kept.push(*beat);
                            }
                        }
                        let before = (learner.clone(), lesson.clone());
                        for beat in kept.iter().rev() {
                            let again = take(&mut learner, place, lesson, beat, now);
                            prop_assert_eq!((again.verdict, again.seconds), (Verdict::Repeated, 0));
                        }
                        prop_assert_eq!(&before, &(learner.clone(), lesson.clone()));
                        learner.check.ask(presence::distance(100, 7), now);
                    }
                    Move::Answer { passed } => {
                        if learner.check.told_at.is_some() {
                            learner.check.settle();
                            for lesson in &mut lessons {
                                lesson.settle(*passed);
                            }
                        }
                    }
                    Move::Wait(time) => now += time,
                }
                let credit: i64 = lessons.iter().map(|lesson| lesson.covered.total()).sum();
                prop_assert!(credit * 1_000 <= now - first.unwrap_or(now), "{credit} s");
                let kept = decode_players(&encode_players(&learner.players));
                prop_assert_eq!(kept.as_ref(), Some(&learner.players), "stored and read");
                for lesson in &lessons {
                    let inside: i64 = 600 - lesson.covered.missing(0, 600).total();
                    prop_assert_eq!(inside, lesson.covered.total(), "nothing outside the lesson");
                }
            }
        }
    }
}
