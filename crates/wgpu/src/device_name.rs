//! Names of devices in messages: `gpu:0`, and `gpu:0 (2)` for a second device on the same adapter.

use parking_lot::Mutex;

/// The devices that are open: adapter and number.
static OPEN: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

/// The name of a device, unique among the open devices.
pub(crate) struct DeviceName {
    adapter: usize,
    number: usize,
    text: String,
}

impl DeviceName {
    /// Names a new device on adapter `adapter`.
    pub fn of(adapter: usize) -> DeviceName {
        let mut open = OPEN.lock();
        let number = (1..)
            .find(|&number| !open.contains(&(adapter, number)))
            .unwrap_or(0);
        open.push((adapter, number));
        let text = match number {
            1 => format!("gpu:{adapter}"),
            _ => format!("gpu:{adapter} ({number})"),
        };
        DeviceName {
            adapter,
            number,
            text,
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Drop for DeviceName {
    fn drop(&mut self) {
        let this = (self.adapter, self.number);
        OPEN.lock().retain(|device| *device != this);
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceName;

    #[test]
    fn names_are_given_again_once_they_are_free() {
        let first = DeviceName::of(90);
        let second = DeviceName::of(90);
        assert_eq!((first.as_str(), second.as_str()), ("gpu:90", "gpu:90 (2)"));
        drop(first);
        assert_eq!(DeviceName::of(90).as_str(), "gpu:90");
        assert_eq!(DeviceName::of(91).as_str(), "gpu:91");
    }
}
