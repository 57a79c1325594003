#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace mla::base {

// Brings together what several threads ask at the same time, where many questions cost less together than one by one.
// So many threads answer at a time; who comes then waits, and the next one to answer takes along those who wait. Alone,
// nobody waits for company. Thread-safe.
template <class Question>
class Gather {
 public:
  // REQUIRES: both > 0.
  Gather(std::size_t at_a_time, std::size_t most_together) : free_(at_a_time), most_together_(most_together) {}

  // Returns when `question` has been answered, by this thread or another. `answer(std::span<Question* const>)` answers
  // all it is given; what it throws is thrown to each of them.
  template <class Answer>
  void ask(Question& question, const Answer& answer) {
    Asker me{&question};
    std::unique_lock lock(mutex_);
    ++unanswered_;
    if (free_ > 0) {
      --free_;
    } else {
      waiting_.push_back(&me);
      me.turn.wait(lock, [&] { return me.state != Asker::kWaits; });
      if (me.state == Asker::kAnswered) return me.check();
    }
    // Who is about to ask, and waits for a core alone, comes first; where nobody does, this costs nothing.
    lock.unlock();
    std::this_thread::yield();
    lock.lock();
    const std::vector<Asker*> company = take_along();
    std::vector<Question*> questions{&question};
    for (const Asker* asker : company) questions.push_back(asker->question);
    lock.unlock();
    try {
      answer(std::span<Question* const>(questions));
    } catch (...) {
      me.failure = std::current_exception();
    }
    lock.lock();
    for (Asker* asker : company) {
      asker->failure = me.failure;
      asker->go_on(Asker::kAnswered);
    }
    unanswered_ -= questions.size();
    hand_over();
    lock.unlock();
    me.check();
  }

  // How many wait or are being answered.
  std::size_t unanswered() const {
    const std::lock_guard lock(mutex_);
    return unanswered_;
  }

 private:
  struct Asker {
    enum State { kWaits, kAnswers, kAnswered };

    void go_on(State next) {
      state = next;
      turn.notify_one();
    }
    void check() const {
      if (failure) std::rethrow_exception(failure);
    }

    Question* question;
    State state = kWaits;
    std::exception_ptr failure = {};
    std::condition_variable turn = {};
  };

  std::vector<Asker*> take_along() {
    const std::size_t count = std::min(waiting_.size(), most_together_ - 1);
    std::vector<Asker*> company(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    return company;
  }

  // The place of the one who is done goes to who has waited longest.
  void hand_over() {
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    Asker* const next = waiting_.front();
    waiting_.pop_front();
    next->go_on(Asker::kAnswers);
  }

  mutable std::mutex mutex_;
  std::size_t free_;  // guarded by mutex_, as are the two below
  const std::size_t most_together_;
  std::deque<Asker*> waiting_;
  std::size_t unanswered_ = 0;
};

}  // namespace mla::base
