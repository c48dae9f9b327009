//! Guards of recording, dropped in every order.

use rushlight_tensor::{GradMode, is_grad_enabled};

/// Makes guards with these modes and drops them in this order; gives the mode after each drop.
fn after_drops(modes: &[bool], order: &[usize]) -> Vec<bool> {
    let mut guards: Vec<Option<GradMode>> = modes.iter().map(|&m| Some(GradMode::set(m))).collect();
    order
        .iter()
        .map(|&i| {
            guards[i] = None;
            is_grad_enabled()
        })
        .collect()
}

#[test]
fn the_newest_guard_decides_and_the_last_restores() {
    assert!(is_grad_enabled());
    // First made, first dropped: the other still holds.
    assert_eq!(after_drops(&[false, false], &[0, 1]), [false, true]);
    assert_eq!(after_drops(&[false, true], &[0, 1]), [true, true]);
    assert_eq!(after_drops(&[true, false], &[0, 1]), [false, true]);
    assert_eq!(after_drops(&[false, true], &[1, 0]), [false, true]);
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        for bits in 0..8u8 {
            let modes = [0, 1, 2].map(|i| bits >> i & 1 == 1);
            let mut left = vec![0, 1, 2];
            let expected: Vec<bool> = order
                .iter()
                .map(|i| {
                    left.retain(|l| l != i);
                    left.last().is_none_or(|&newest| modes[newest])
                })
                .collect();
            assert_eq!(after_drops(&modes, &order), expected, "{modes:?} {order:?}");
            assert!(is_grad_enabled());
        }
    }
}
