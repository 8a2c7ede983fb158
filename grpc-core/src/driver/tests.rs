use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{sync::mpsc, task::yield_now};

use super::*;

/// A link that is over when it is told so, and counts its polls.
#[derive(Clone, Default)]
struct Scripted {
    over: Arc<AtomicBool>,
    polls: Arc<AtomicUsize>,
    waker: Arc<Mutex<Option<Waker>>>,
    found: Arc<Mutex<Vec<(Task, Place)>>>,
}

impl NewStream for (Task, Place) {
    type Stream = Task;

    fn begin(self) -> Option<(Task, Place)> {
        Some(self)
    }

    fn room() -> &'static Room<Self> {
        thread_local! {
            static ROOM: Cell<Vec<(Task, Place)>> = const { Cell::new(Vec::new()) };
        }
        &ROOM
    }
}

impl Scripted {
    /// The next poll finds a stream.
    fn find(&self, stream: impl Future<Output = ()> + Send + 'static, place: Place) {
        self.found.lock().unwrap().push((Box::pin(stream), place));
        self.wake();
    }

    fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.lock().unwrap().take() {
            waker.wake();
        }
    }
}

impl Link for Scripted {
    type New = (Task, Place);

    fn poll_link(&mut self, cx: &mut Context<'_>, streams: &mut Vec<(Task, Place)>) -> Poll<()> {
        self.polls.fetch_add(1, Ordering::SeqCst);
        streams.append(&mut self.found.lock().unwrap());
        *self.waker.lock().unwrap() = Some(cx.waker().clone());
        if self.over.load(Ordering::SeqCst) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

fn scripted() -> (Driver<Scripted>, Spawner, Scripted) {
    let link = Scripted::default();
    let mut spawner = None;
    let driver = Driver::new(|given| {
        spawner = Some(given);
        link.clone()
    });
    (driver, spawner.unwrap(), link)
}

/// Counts how often it was dropped.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_driver_lives_until_its_last_stream() {
    let (driver, spawner, link) = scripted();
    let (sender, mut receiver) = mpsc::channel::<()>(1);
    spawner.spawn(Box::pin(async move {
        receiver.recv().await;
    }));
    let driver = tokio::spawn(driver);
    link.end();
    yield_now().await;
    assert!(!driver.is_finished());
    drop(sender);
    driver.await.unwrap();
}

#[tokio::test]
async fn dropping_a_driver_drops_its_streams() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let (mut driver, spawner, _link) = scripted();
    for polled in [true, false] {
        let guard = Dropped(Arc::clone(&dropped));
        spawner.spawn(Box::pin(async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        }));
        if polled {
            poll_fn(|cx| Poll::Ready(Pin::new(&mut driver).poll(cx)))
                .await
                .is_pending()
                .then_some(())
                .unwrap();
        }
    }
    drop(driver);
    assert_eq!(dropped.load(Ordering::SeqCst), 2);
    let guard = Dropped(Arc::clone(&dropped));
    spawner.spawn(Box::pin(async move { drop(guard) }));
    assert_eq!(
        dropped.load(Ordering::SeqCst),
        3,
        "a stream for a driver that is gone is dropped"
    );
}

#[tokio::test]
async fn streams_that_are_always_ready_share_the_budget() {
    let (driver, spawner, link) = scripted();
    let counts: Vec<_> = (0..100).map(|_| Arc::new(AtomicUsize::new(0))).collect();
    for count in &counts {
        let count = Arc::clone(count);
        let (sender, mut receiver) = mpsc::unbounded_channel();
        spawner.spawn(Box::pin(async move {
            // Always has a message, so only the budget ever makes it wait.
            sender.send(()).unwrap();
            while receiver.recv().await.is_some() {
                sender.send(()).unwrap();
                count.fetch_add(1, Ordering::SeqCst);
            }
        }));
    }
    let driver = tokio::spawn(driver);
    while counts
        .iter()
        .map(|count| count.load(Ordering::SeqCst))
        .sum::<usize>()
        < 100_000
    {
        yield_now().await;
    }
    let counts: Vec<_> = counts.iter().map(|count| count.load(Ordering::SeqCst)).collect();
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    assert!(least * 2 >= *most, "{least} to {most}");
    driver.abort();
    link.end();
}

/// A link that makes a stream at every poll, which uses up the budget.
struct Flood(Spawner);

impl Link for Flood {
    type New = Infallible;

    fn poll_link(&mut self, _: &mut Context<'_>, _: &mut Vec<Infallible>) -> Poll<()> {
        self.0.spawn(Box::pin(poll_fn(|cx| {
            while pin!(coop::consume_budget()).poll(cx).is_ready() {}
            Poll::Ready(())
        })));
        Poll::Pending
    }
}

#[tokio::test]
async fn new_streams_do_not_starve_those_that_were_woken() {
    let mut spawner = None;
    let driver = Driver::new(|given| {
        spawner = Some(given.clone());
        Flood(given)
    });
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let (waits, mut answers) = mpsc::unbounded_channel();
    spawner.unwrap().spawn(Box::pin(async move {
        waits.send(()).unwrap();
        receiver.recv().await;
        waits.send(()).unwrap();
    }));
    let driver = tokio::spawn(driver);
    answers.recv().await.unwrap();
    sender.send(()).unwrap();
    for _ in 0..100 {
        yield_now().await;
    }
    assert!(
        answers.try_recv().is_ok(),
        "it was woken, and new streams went before it each time"
    );
    driver.abort();
}

#[tokio::test]
async fn a_batch_of_streams_costs_two_polls_of_the_link() {
    let (mut driver, spawner, link) = scripted();
    let done = Arc::new(AtomicUsize::new(0));
    for _ in 0..50 {
        let done = Arc::clone(&done);
        spawner.spawn(Box::pin(async move {
            done.fetch_add(1, Ordering::SeqCst);
        }));
    }
    assert!(
        poll_fn(|cx| Poll::Ready(Pin::new(&mut driver).poll(cx)))
            .await
            .is_pending()
    );
    assert_eq!(done.load(Ordering::SeqCst), 50);
    assert!(link.polls.load(Ordering::SeqCst) <= 3, "{:?}", link.polls);
}

/// A stream that is ready for `polls` polls, and uses up the budget in each of them.
async fn greedy(polls: usize) {
    for _ in 0..polls * 128 {
        coop::consume_budget().await;
    }
}

/// Polls a driver whose streams use up tokio's budget in each poll: how often, and how often it polls its link meanwhile.
async fn polls_of_greedy(driver: &mut Driver<Scripted>, link: &Scripted, most: usize) -> (usize, usize) {
    let before = link.polls.load(Ordering::SeqCst);
    let mut polls = 0;
    while polls < most && !driver.tasks.is_empty() || polls == 0 {
        // With a new budget.
        yield_now().await;
        let polled = poll_fn(|cx| Poll::Ready(Pin::new(&mut *driver).poll(cx)));
        assert!(polled.await.is_pending());
        polls += 1;
    }
    (polls, link.polls.load(Ordering::SeqCst) - before)
}

#[tokio::test]
async fn streams_that_use_up_the_budget_share_a_poll_of_the_link() {
    let (mut driver, spawner, link) = scripted();
    for _ in 0..20 {
        spawner.spawn(Box::pin(greedy(1)));
    }
    let (polls, of_link) = polls_of_greedy(&mut driver, &link, 100).await;
    assert!((20..=22).contains(&polls), "{polls}");
    // Two in each turn, of five polls.
    assert!(
        (4..=12).contains(&of_link),
        "{of_link} polls of the link in {polls}"
    );
}

#[tokio::test]
async fn a_stream_that_is_always_ready_keeps_the_link_waiting_for_a_few_polls_only() {
    let (mut driver, spawner, link) = scripted();
    spawner.spawn(Box::pin(greedy(usize::MAX / 128)));
    let (polls, of_link) = polls_of_greedy(&mut driver, &link, 100).await;
    assert_eq!(polls, 100);
    assert!(of_link >= polls / 5, "{of_link} polls of the link in {polls}");
}

#[tokio::test]
async fn what_streams_wake_the_link_for_is_done_in_the_same_turn() {
    let (mut driver, spawner, link) = scripted();
    for _ in 0..50 {
        let link = link.clone();
        spawner.spawn(Box::pin(async move { link.wake() }));
    }
    let polled = poll_fn(|cx| Poll::Ready(Pin::new(&mut driver).poll(cx))).await;
    assert!(polled.is_pending());
    assert_eq!(link.polls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_stream_that_is_woken_or_spawned_while_the_link_has_its_last_poll_is_polled() {
    /// In its second poll it wakes one stream and spawns another.
    struct Late(
        Spawner,
        mpsc::UnboundedSender<()>,
        mpsc::UnboundedSender<()>,
        usize,
    );

    impl Link for Late {
        type New = Infallible;

        fn poll_link(&mut self, _: &mut Context<'_>, _: &mut Vec<Infallible>) -> Poll<()> {
            self.3 += 1;
            if self.3 == 2 {
                let answer = self.2.clone();
                self.1.send(()).unwrap();
                self.0.spawn(Box::pin(async move { answer.send(()).unwrap() }));
            }
            Poll::Pending
        }
    }

    let (wake, mut woken) = mpsc::unbounded_channel();
    let (answer, mut answers) = mpsc::unbounded_channel();
    let mut spawner = None;
    let driver = Driver::new(|given| {
        spawner = Some(given.clone());
        Late(given, wake, answer.clone(), 0)
    });
    spawner.unwrap().spawn(Box::pin(async move {
        woken.recv().await;
        answer.send(()).unwrap();
    }));
    let driver = tokio::spawn(driver);
    for _ in 0..2 {
        assert_eq!(answers.recv().await, Some(()));
    }
    driver.abort();
}

/// Streams that are there at the same time, and the most that have been.
#[derive(Default)]
struct Begun {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// A stream that is over when it is polled first.
struct Quick(Arc<Begun>);

impl NewStream for Quick {
    type Stream = Task;

    fn begin(self) -> Option<(Task, Place)> {
        let now = self.0.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.most.fetch_max(now, Ordering::SeqCst);
        let stream = async move {
            self.0.now.fetch_sub(1, Ordering::SeqCst);
        };
        Some((Box::pin(stream), Place::Inside))
    }

    fn room() -> &'static Room<Self> {
        thread_local! {
            static ROOM: Cell<Vec<Quick>> = const { Cell::new(Vec::new()) };
        }
        &ROOM
    }
}

#[tokio::test]
async fn streams_that_were_found_together_begin_one_by_one() {
    /// It finds ten.
    struct Ten(Arc<Begun>, usize);

    impl Link for Ten {
        type New = Quick;

        fn poll_link(&mut self, _: &mut Context<'_>, streams: &mut Vec<Quick>) -> Poll<()> {
            streams.extend((0..self.1).map(|_| Quick(Arc::clone(&self.0))));
            self.1 = 0;
            Poll::Ready(())
        }
    }

    let begun = Arc::new(Begun::default());
    Driver::new(|_| Ten(Arc::clone(&begun), 10)).await;
    assert_eq!(begun.now.load(Ordering::SeqCst), 0);
    assert_eq!(begun.most.load(Ordering::SeqCst), 1);
    // Where the next connection of this thread has them.
    assert!(Quick::room().take().capacity() >= 10);
}

#[tokio::test]
async fn a_wake_up_from_another_thread_reaches_its_stream() {
    let (driver, spawner, link) = scripted();
    let (sender, mut receiver) = mpsc::channel(1);
    let (answer, mut answers) = mpsc::channel(1);
    spawner.spawn(Box::pin(async move {
        while let Some(n) = receiver.recv().await {
            answer.send(n + 1).await.unwrap();
        }
    }));
    let driver = tokio::spawn(driver);
    let sending = std::thread::spawn(move || {
        for n in 0..1000 {
            sender.blocking_send(n).unwrap();
        }
    });
    for n in 0..1000 {
        assert_eq!(answers.recv().await, Some(n + 1));
    }
    sending.join().unwrap();
    link.end();
    driver.await.unwrap();
}

#[tokio::test]
async fn a_slow_batch_goes_on_in_tasks_of_its_own() {
    let (driver, spawner, link) = scripted();
    let here = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..64 {
        let here = Arc::clone(&here);
        spawner.spawn(Box::pin(async move {
            std::thread::sleep(Duration::from_micros(100));
            here.lock().unwrap().push(tokio::task::try_id());
        }));
    }
    link.end();
    tokio::spawn(driver).await.unwrap();
    let mut ids = here.lock().unwrap().clone();
    assert_eq!(ids.len(), 64);
    ids.sort_by_key(|id| format!("{id:?}"));
    ids.dedup();
    assert!(ids.len() > 2, "all ran in {} tasks", ids.len());
}

#[tokio::test]
async fn a_stream_that_comes_while_others_end_outside_is_polled() {
    let (driver, spawner, link) = scripted();
    let (finish, mut finished) = mpsc::channel::<()>(1);
    let outside = async move {
        finished.recv().await;
    };
    link.find(outside, Place::Outside);
    link.end();
    let driver = tokio::spawn(driver);
    yield_now().await;
    let (answer, mut answers) = mpsc::channel(1);
    spawner.spawn(Box::pin(async move { answer.send(()).await.unwrap() }));
    // Without it the driver would look at the stream only once the one outside has ended.
    assert_eq!(answers.recv().await, Some(()));
    assert!(!driver.is_finished());
    drop(finish);
    driver.await.unwrap();
}

#[tokio::test]
async fn a_stream_that_asks_for_it_runs_in_a_task_of_its_own() {
    let (driver, _spawner, link) = scripted();
    let ids = Arc::new(Mutex::new(Vec::new()));
    for outside in [false, true, false] {
        let ids = Arc::clone(&ids);
        let place = if outside { Place::Outside } else { Place::Inside };
        link.find(
            async move { ids.lock().unwrap().push((outside, tokio::task::try_id())) },
            place,
        );
    }
    link.end();
    let driver = tokio::spawn(driver);
    let id = driver.id();
    driver.await.unwrap();
    let ids = ids.lock().unwrap();
    assert_eq!(ids.len(), 3);
    for (outside, ran_in) in ids.iter() {
        assert_eq!(*ran_in != Some(id), *outside);
    }
}

/// How often the link is polled while 50 callers on one thread spawn ten streams each, one after the other.
fn polls_of_callers(gathers: bool) -> usize {
    // Not the runtime of one thread: this one polls first what was woken last.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let callers = async move {
        let (driver, spawner, link) = scripted();
        let driver = if gathers { driver.gathering() } else { driver };
        let driver = tokio::spawn(driver);
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let spawner = spawner.clone();
            callers.spawn(async move {
                for _ in 0..10 {
                    let (answer, answered) = tokio::sync::oneshot::channel();
                    spawner.spawn(Box::pin(async move { answer.send(()).unwrap() }));
                    answered.await.unwrap();
                }
            });
        }
        while let Some(ended) = callers.join_next().await {
            ended.unwrap();
        }
        let polls = link.polls.load(Ordering::SeqCst);
        link.end();
        driver.await.unwrap();
        polls
    };
    runtime.block_on(async { tokio::spawn(callers).await.unwrap() })
}

#[test]
fn a_driver_that_gathers_polls_its_link_once_for_what_many_callers_spawn() {
    let (gathered, one_by_one) = (polls_of_callers(true), polls_of_callers(false));
    // Two polls a turn, and about one turn for each of the ten rounds: 38 and 120.
    assert!(gathered <= 60, "{gathered}, and {one_by_one} without");
    assert!(gathered * 2 <= one_by_one, "{gathered} and {one_by_one}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_driver_that_gathers_leaves_no_stream_behind() {
    let (driver, spawner, link) = scripted();
    let driver = tokio::spawn(driver.gathering());
    for streams in [1, 2, 1, 3, 100, 1] {
        let (answer, mut answers) = mpsc::unbounded_channel();
        for _ in 0..streams {
            let answer = answer.clone();
            spawner.spawn(Box::pin(async move { answer.send(()).unwrap() }));
        }
        for _ in 0..streams {
            answers.recv().await.unwrap();
        }
    }
    link.end();
    driver.await.unwrap();
}
