#include "knowledge/catalog/import/exchange.h"

#include <numeric>
#include <thread>

#include <gtest/gtest.h>

namespace mla::catalog {
namespace {

TEST(Exchange, EverythingArrivesOnceAndInOrder) {
  Exchange<std::vector<int>> exchange(2);
  std::vector<int> arrived;
  {
    const std::jthread filler([&] {
      for (int i = 0; i < 1000; ++i) {
        auto buffer = exchange.take_empty();
        buffer->assign(1, i);
        ASSERT_TRUE(exchange.hand_full(std::move(buffer)));
      }
      exchange.close();
    });
    while (auto buffer = exchange.take_full()) {
      arrived.push_back(buffer->front());
      exchange.give_empty(std::move(buffer));
    }
  }
  std::vector<int> expected(1000);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(arrived, expected);
}

TEST(Exchange, AFillerStopsWhenTheEmptierLeaves) {
  Exchange<int> exchange(1);
  bool stopped = false;
  {
    const std::jthread filler([&] {
      while (auto buffer = exchange.take_empty()) {
        if (!exchange.hand_full(std::move(buffer))) break;
      }
      stopped = true;
    });
    const Exchange<int>::Abandon abandon(exchange);
    EXPECT_NE(exchange.take_full(), nullptr);
    // The one buffer is gone: without Abandon the filler would wait for ever, and so would its join.
  }
  EXPECT_TRUE(stopped);
}

TEST(Exchange, WhatWasHandedOverBeforeTheEndIsStillThere) {
  Exchange<int> exchange(2);
  *exchange.take_empty() = 1;
  auto buffer = exchange.take_empty();
  *buffer = 5;
  exchange.hand_full(std::move(buffer));
  exchange.close();
  EXPECT_EQ(*exchange.take_full(), 5);
  EXPECT_EQ(exchange.take_full(), nullptr);
}

}  // namespace
}  // namespace mla::catalog
