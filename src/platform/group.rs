//! Grouped writing: what many callers hand in at the same moment goes into one durable transaction.
//!
//! Whoever finds nobody writing writes for all who wait. Nobody waits for company: a caller alone is a group of one.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use uuid::Uuid;

use super::error::{Fault, Result};

/// Most of one group.
const MOST: usize = 256;

/// Callers who wait, each with where to tell him.
type Waiting<J, A> = Vec<(J, oneshot::Sender<Result<A>>)>;

/// Callers of one kind whose jobs are done together.
pub struct Group<J, A> {
    waiting: Mutex<Waiting<J, A>>,
    turn: tokio::sync::Mutex<()>,
}

impl<J, A> Default for Group<J, A> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }
}

impl<J, A> Group<J, A> {
    /// Has a job done with all that wait beside it; `run` gives an answer for each, in order.
    ///
    /// # Errors
    /// The job's own fault; `internal` when whoever did it fell over.
    pub async fn submit<F, R>(&self, job: J, run: F) -> Result<A>
    where
        F: Fn(Vec<J>) -> R,
        R: Future<Output = Vec<Result<A>>>,
    {
        let (teller, mut told) = oneshot::channel();
        self.waiting().push((job, teller));
        let _turn = self.turn.lock().await;
        loop {
            // Whoever had the turn before may have done it along with his own.
            match told.try_recv() {
                Ok(answer) => return answer,
                Err(oneshot::error::TryRecvError::Empty) => {}
                Err(oneshot::error::TryRecvError::Closed) => {
                    return Err(Fault::internal("a grouped write fell over"));
                }
            }
            let (jobs, tellers): (Vec<_>, Vec<_>) = self.next().into_iter().unzip();
            for (teller, answer) in tellers.into_iter().zip(run(jobs).await) {
                // Nobody listens where the caller is gone; it is done all the same.
                let _ = teller.send(answer);
            }
        }
    }

    fn next(&self) -> Waiting<J, A> {
        let mut waiting = self.waiting();
        let count = waiting.len().min(MOST);
        waiting.drain(..count).collect()
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting<J, A>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The groups of one instance: one for each kind of job and county.
#[derive(Default)]
pub struct Groups(Mutex<HashMap<(TypeId, Uuid), Arc<dyn Any + Send + Sync>>>);

impl Groups {
    /// The group for jobs of this kind in a county.
    #[must_use]
    pub fn of<J: Send + 'static, A: Send + 'static>(&self, county_id: Uuid) -> Arc<Group<J, A>> {
        let key = (TypeId::of::<Group<J, A>>(), county_id);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let any = all
            .entry(key)
            .or_insert_with(|| Arc::new(Group::<J, A>::default()))
            .clone();
        drop(all);
        any.downcast().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(flavor = "multi_thread")]
    async fn each_gets_his_own_answer_and_nobody_is_done_twice() {
        let groups = Arc::new(Groups::default());
        let (runs, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut callers = tokio::task::JoinSet::new();
        for n in 0..1_000_usize {
            let (groups, runs, done) = (groups.clone(), runs.clone(), done.clone());
            callers.spawn(async move {
                let group = groups.of::<usize, usize>(Uuid::nil());
                let run = |jobs: Vec<usize>| {
                    runs.fetch_add(1, Ordering::SeqCst);
                    done.fetch_add(jobs.len(), Ordering::SeqCst);
                    async move {
                        assert!(jobs.len() <= MOST);
                        tokio::task::yield_now().await;
                        let answers = jobs.into_iter().map(|n| match n % 7 {
                            0 => Err(Fault::not_found()),
                            _ => Ok(n * 2),
                        });
                        answers.collect()
                    }
                };
                (n, group.submit(n, run).await)
            });
        }
        while let Some(told) = callers.join_next().await {
            let (n, answer) = told.unwrap();
            assert_eq!(answer.ok(), (n % 7 != 0).then_some(n * 2));
        }
        assert_eq!(done.load(Ordering::SeqCst), 1_000);
        assert!(runs.load(Ordering::SeqCst) >= 1_000 / MOST);
    }

    #[tokio::test]
    async fn who_comes_while_another_writes_is_written_with_all_who_wait() {
        let group = Arc::new(Group::<usize, usize>::default());
        let turn = group.turn.lock().await;
        let mut callers = tokio::task::JoinSet::new();
        for n in 0..5 {
            let group = group.clone();
            callers.spawn(async move {
                let together = |jobs: Vec<usize>| async move {
                    let count = jobs.len();
                    jobs.into_iter().map(|_| Ok(count)).collect()
                };
                group.submit(n, together).await
            });
        }
        while group.waiting().len() < 5 {
            tokio::task::yield_now().await;
        }
        drop(turn);
        while let Some(told) = callers.join_next().await {
            assert_eq!(told.unwrap().ok(), Some(5));
        }
    }
}
