// The word of an int64 from bit `shift` on, 0 or 32; `flip` inverts the sign bit, in the word that has it, so that negative numbers come first.

fn sort_word(x: T, shift: u32, flip: u32) -> u32 {
    return select(x.x, x.y, shift == 32u) ^ flip;
}
