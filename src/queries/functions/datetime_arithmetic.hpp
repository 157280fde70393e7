/// \file
/// Adding intervals to moments, and the distance between moments: what `+` and `-` mean for dates and times.
///
/// An interval is added months first (the day is cut down to the month's length), then days, then the rest. For
/// timestamptz, months and days move the clocks of the zone; only the rest is exact time.
#pragma once

#include "queries/types/datetime.hpp"
#include "queries/types/interval.hpp"

namespace forklore {

/// \name Arithmetic
/// All throw Error 22008 when the result is out of range. Infinite timestamps stay what they are.
/// \{
Timestamp add(Timestamp timestamp, const Interval& interval);                             ///< \param timestamp start \param interval what to add
TimestampTz add(TimestampTz timestamp, const Interval& interval, const TimeZone& zone);   ///< \param timestamp start \param interval what to add \param zone where its months and days are counted
TimestampTz add(TimestampTz timestamp, const Interval& interval);                         ///< in the session's zone \param timestamp start \param interval what to add
Time add(Time time, const Interval& interval);                                            ///< around the clock \param time start \param interval what to add; months and days do not matter
Interval add(const Interval& a, const Interval& b);                                       ///< part by part \param a one \param b other
Interval negate(const Interval& interval);                                                ///< part by part \param interval any
Interval multiply(const Interval& interval, double factor);                               ///< fractions of months become days, of days time \param interval any \param factor any
Interval divide(const Interval& interval, double divisor);                                ///< also throws 22012 \param interval any \param divisor not 0
Interval subtract(Timestamp a, Timestamp b);                                              ///< in days and time \param a minuend \param b subtrahend
Interval justify_hours(const Interval& interval);                                         ///< 24 hours become a day \param interval any
Interval justify_days(const Interval& interval);                                          ///< 30 days become a month \param interval any
Interval justify(const Interval& interval);                                               ///< both, with one sign for all parts \param interval any
/// \}

}  // namespace forklore
