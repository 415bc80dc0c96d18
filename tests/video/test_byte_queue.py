"""The queue between decoder and models: order, and its limits in bytes and items."""

import threading

from screenalytics_resources.video.byte_queue import ByteQueue


def fills_up_to(queue: ByteQueue[int], size: int, attempts: int = 100) -> int:
    """Return how many items of `size` bytes fit before `put` waits."""
    added: list[int] = []

    def produce() -> None:
        for number in range(attempts):
            if not queue.put(number, size):
                return
            added.append(number)

    thread = threading.Thread(target=produce)
    thread.start()
    thread.join(0.3)
    queue.close()
    thread.join()
    return len(added)


def test_items_come_out_in_order() -> None:
    queue: ByteQueue[int] = ByteQueue(100, 10)
    assert [queue.put(number, 5) for number in range(4)] == [True] * 4
    assert [queue.get() for _ in range(4)] == [0, 1, 2, 3]


def test_the_limits() -> None:
    assert fills_up_to(ByteQueue(100, 50), 30) == 3
    assert fills_up_to(ByteQueue(100, 4), 1) == 4
    assert fills_up_to(ByteQueue(100, 4), 1000) == 1


def test_a_taken_item_makes_room() -> None:
    queue: ByteQueue[int] = ByteQueue(10, 10)
    queue.put(0, 10)
    thread = threading.Thread(target=queue.put, args=(1, 10))
    thread.start()
    assert (queue.get(), queue.get()) == (0, 1)
    thread.join()


def test_a_closed_queue_refuses() -> None:
    queue: ByteQueue[int] = ByteQueue(10, 10)
    queue.close()
    assert not queue.put(0, 1)
