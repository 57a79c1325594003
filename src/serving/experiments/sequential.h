#pragma once

#include <span>

namespace mla::experiments {

// Evidence that treatment is worse than control by more than `margin`, which may be looked at as often as one likes.
//
// `control` and `treatment` hold one value a listener, in [0, 1], more is worse, in the order in which they came in;
// they may only grow at their ends. Each treated listener is set against the mean of `controls` listeners of the other
// arm: x = treatment - mean(control) - margin has a mean of at most zero if treatment is not worse, and is at least
// -(1 + margin). A bettor who stakes a fixed share s of its capital on worse multiplies it by 1 + s x / (1 + margin)
// each time; the evidence is the mean capital of bettors with several shares, starting at 1: a non-negative
// supermartingale, so that by Ville's inequality P(it ever reaches 1 / alpha) <= alpha, however it is watched
// (Waudby-Smith & Ramdas, Estimating means of bounded random variables by betting, JRSS B 2024, "grid Kelly").
//
// Returns the highest the evidence has been so far. REQUIRES: controls >= 1, 0 <= margin < 1.
double evidence_of_worsening(std::span<const double> control, std::span<const double> treatment, int controls,
                             double margin);

// Listeners of the control arm for one of the treatment, as they come in if `treated` of kBuckets are treated: 1 to 20.
int controls_for_one(int treated);

}  // namespace mla::experiments
