//! How much memory a run takes at its peak: a short input must not be able to ask for much.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use scorecard::wire::Format;
use scorecard::wire::frame::MAX_FRAME_BYTES;

/// What a run may take whatever its input: buffers that are there from the start.
const BASE: usize = 4 << 20;

/// What a run may take for each byte of its input: a JSON value for a byte, say.
const PER_BYTE: usize = 1024;

/// The most that a run may take.
pub fn limit(format: Format, input_bytes: usize) -> usize {
    let compressed = match format {
        // A compressed buffer says how large it becomes, and gets that much address space.
        Format::ArrowStream => 2 * MAX_FRAME_BYTES,
        Format::RowBinary | Format::TabSeparated | Format::JsonEachRow => 0,
    };
    limit_of_text(input_bytes) + compressed
}

/// The most that a run over text may take, in which nothing is compressed.
pub fn limit_of_text(input_bytes: usize) -> usize {
    BASE + PER_BYTE * input_bytes
}

/// Runs `action` and says how much memory it held at its peak.
pub fn peak_of<T>(action: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.load(Relaxed);
    PEAK.store(before, Relaxed);
    let value = action();
    (value, PEAK.load(Relaxed).saturating_sub(before))
}

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counted.
struct Counted;

#[global_allocator]
static ALLOCATOR: Counted = Counted;

fn took(bytes: usize) {
    let held = HELD.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(held, Relaxed);
}

fn gave(bytes: usize) {
    HELD.fetch_sub(bytes, Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        took(size);
        gave(layout.size());
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        gave(layout.size());
        unsafe { System.dealloc(block, layout) }
    }
}
