// The word of an integer from bit `shift` on; `flip` inverts the sign bit, in the word that has it, so that negative numbers come first.

fn sort_word(x: T, shift: u32, flip: u32) -> u32 {
    return u32(x >> shift) ^ flip;
}
