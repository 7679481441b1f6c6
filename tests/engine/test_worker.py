from __future__ import annotations

import threading

from seqtui.corpora.errors import Cancelled
from seqtui.engine.worker import Job, Worker


def test_jobs_run_one_after_the_other_on_one_daemon_thread() -> None:
    worker = Worker("test")
    threads: list[threading.Thread] = []

    def note(number: int) -> int:
        threads.append(threading.current_thread())
        return number

    jobs = [worker.submit(note, number) for number in range(5)]
    assert all(job.wait(10) for job in jobs)
    assert [job.result for job in jobs] == list(range(5))
    assert len(set(threads)) == 1
    assert threads[0].daemon
    assert threads[0] is not threading.current_thread()
    assert worker.shutdown(10)


def test_what_a_job_raises_is_kept_and_the_worker_continues() -> None:
    worker = Worker("test")

    def fail() -> None:
        raise MemoryError("no room")

    seen: list[Job] = []
    failed = worker.submit(fail, on_done=seen.append)
    done = worker.submit(lambda: 7)
    assert done.wait(10)
    assert isinstance(failed.error, MemoryError)
    assert failed.done
    assert failed.result is None
    assert seen == [failed]
    assert (done.result, done.error) == (7, None)
    assert worker.shutdown(10)


def test_shutdown_joins_the_thread_and_drops_what_waits() -> None:
    worker = Worker("test")
    started, go_on = threading.Event(), threading.Event()

    def wait() -> str:
        started.set()
        go_on.wait(10)
        return "ended"

    first, second = worker.submit(wait), worker.submit(lambda: "never")
    assert started.wait(10)
    assert not worker.shutdown(0)
    go_on.set()
    assert worker.shutdown(10)
    assert first.result == "ended"
    assert isinstance(second.error, Cancelled)
    late = worker.submit(lambda: "never")
    assert late.done
    assert isinstance(late.error, Cancelled)


def test_a_worker_that_was_never_used_has_nothing_to_join() -> None:
    assert Worker("test").shutdown(0)
