// Sums of squares below 2 to SQUARES_LEAST have lost digits of their terms, and infinite ones their value. Numbers times 2 to SQUARES_UP and
// SQUARES_DOWN have squares in the middle of the range, up to sums of 2^32 of them.
const SQUARES_LEAST: i32 = -500;
const SQUARES_UP: i32 = 600;
const SQUARES_DOWN: i32 = -900;
