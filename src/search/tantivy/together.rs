//! Work on one search shared among the processors, where there is enough of it to be worth handing over.

use std::sync::LazyLock;

use tantivy::Executor;

use super::columns::Read;

/// Documents to look at that are worth another thread.
pub(super) const WORTH: usize = 4_096;

/// A thread for each processor, kept for all searches; none on a machine that has only one.
static THREADS: LazyLock<(Executor, usize)> = LazyLock::new(|| {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    match Executor::multi_thread(threads, "search-") {
        Ok(executor) if threads > 1 => (executor, threads),
        // Without threads a search is slower, not wrong.
        _ => (Executor::single_thread(), 1),
    }
});

/// How many parts to make of work on so many documents.
pub(super) fn parts(documents: usize) -> usize {
    if documents < WORTH { 1 } else { THREADS.1 }
}

/// Does the work on each of the items, at once where `parts` says that there is more than one to share it.
pub(super) fn together<A: Send, R: Send>(
    parts: usize,
    items: Vec<A>,
    work: impl Fn(A) -> Read<R> + Sync,
) -> Read<Vec<R>> {
    if parts < 2 || items.len() < 2 {
        return items.into_iter().map(work).collect();
    }
    THREADS.0.map(work, items.into_iter())
}
