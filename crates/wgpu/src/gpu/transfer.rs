//! Transfers between host and device, and waiting for the device.

use super::*;

impl Gpu {
    /// Writes into a block, in the order of the stream.
    #[track_caller]
    pub(crate) fn write_bytes(&self, storage: &Storage, offset: usize, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.health.check("upload")?;
        self.uploads.fetch_add(1, Ordering::Relaxed);
        if bytes.len() == storage.bytes() {
            let block = self.buffer(storage)?.block().ok_or_else(gone)?;
            self.stream.lock().renew(block);
        }
        bytes
            .chunks(TRANSFER)
            .enumerate()
            .try_for_each(|(i, chunk)| self.write_chunk(storage, offset + i * TRANSFER, chunk))
    }

    #[track_caller]
    fn write_chunk(&self, storage: &Storage, offset: usize, bytes: &[u8]) -> Result<()> {
        let block = self.buffer(storage)?.block().ok_or_else(gone)?;
        let aligned = offset.is_multiple_of(4) && bytes.len().is_multiple_of(4);
        // The bytes after the end of a storage are padding.
        let ends = offset.is_multiple_of(4) && offset + bytes.len() == storage.bytes();
        if (aligned || ends)
            && bytes.len() > SMALL
            && let Some(mut upload) = self.staging.take(bytes.len())
        {
            upload.push(bytes);
            let filled = upload.close();
            return self.stream.lock().upload(filled, block, offset as u64);
        }
        if aligned {
            return self.stream.lock().write(block, offset as u64, bytes);
        }
        // Copies are in 32-bit words. Neighbouring bytes in the storage must be preserved; padding need not.
        let start = offset / 4 * 4;
        let end = (offset + bytes.len()).next_multiple_of(4);
        let mut words = vec![0; end - start];
        if !ends {
            self.read_chunk(storage, start, &mut words)?;
        }
        words[offset - start..][..bytes.len()].copy_from_slice(bytes);
        self.stream.lock().write(block, start as u64, &words)
    }

    /// Allocates `bytes` bytes and fills them with the chunks that `write` produces. Large uploads are written directly into a staging buffer.
    #[track_caller]
    pub(crate) fn upload_chunks(&self, bytes: usize, write: &mut Chunks<'_>) -> Result<Storage> {
        self.health.check("upload")?;
        let storage = self.block(bytes)?;
        if bytes > SMALL
            && let Some(mut upload) = self.staging.take(bytes)
        {
            write(&mut |chunk| upload.push(chunk))?;
            check_chunks(upload.len(), bytes)?;
            let block = self.buffer(&storage)?.block().ok_or_else(gone)?;
            self.uploads.fetch_add(1, Ordering::Relaxed);
            let filled = upload.close();
            self.stream.lock().upload(filled, block, 0)?;
        } else {
            let mut all = Vec::with_capacity(bytes);
            write(&mut |chunk| all.extend_from_slice(chunk))?;
            check_chunks(all.len(), bytes)?;
            self.write_bytes(&storage, 0, &all)?;
        }
        Ok(storage)
    }

    /// Reads from a block after all commands recorded before. Returns an error if the memory is poisoned by a faulty launch.
    #[track_caller]
    pub(crate) fn read_bytes(
        &self,
        storage: &Storage,
        offset: usize,
        out: &mut [u8],
    ) -> Result<()> {
        self.health.check("download")?;
        self.read_backs.fetch_add(1, Ordering::Relaxed);
        if out.is_empty() {
            return self.wait_for_work();
        }
        for (i, chunk) in out.chunks_mut(TRANSFER).enumerate() {
            self.read_chunk(storage, offset + i * TRANSFER, chunk)?;
            let block = self.buffer(storage)?.block().ok_or_else(gone)?;
            if let Some(fault) = self.pool.lock().poison.of(block.held()) {
                return Err(fault.error());
            }
        }
        Ok(())
    }

    /// Reads one chunk, poisoned or not.
    #[track_caller]
    fn read_chunk(&self, storage: &Storage, offset: usize, out: &mut [u8]) -> Result<()> {
        let block = self.buffer(storage)?.block().ok_or_else(gone)?;
        let start = offset / 4 * 4;
        let end = (offset + out.len()).next_multiple_of(4);
        let bytes = (end - start) as u64;
        let read_back = self
            .stream
            .lock()
            .read(&block.buffer, block.base + start as u64, bytes)?;
        let head = read_back.wait(&self.device, |read| {
            out.copy_from_slice(&read[offset - start..][..out.len()]);
        });
        self.finish(read_back, head)
    }

    /// Waits for all work, and returns the first unreported fault that concerns this thread as an error.
    #[track_caller]
    pub(crate) fn wait(&self) -> Result<()> {
        self.health.check("synchronize")?;
        self.wait_for_work()?;
        match self.stream.lock().ledger.report() {
            Some(fault) => Err(fault.error()),
            None => Ok(()),
        }
    }

    /// Waits for all work, and records the faults that were found until then.
    #[track_caller]
    fn wait_for_work(&self) -> Result<()> {
        let read_back = self.stream.lock().read_faults()?;
        let mut buffer = Vec::new();
        let count = read_back.wait(&self.device, |read| {
            buffer.extend_from_slice(bytemuck::cast_slice(read));
        });
        wait_all(&self.device)?;
        self.check_lost(count)?;
        let mut stream = self.stream.lock();
        stream.resolve(&buffer, read_back.mark);
        stream.keep(read_back);
        drop(stream);
        self.health.check("download")
    }

    /// Records the number of launches before a read-back that were faulty.
    #[track_caller]
    pub(super) fn finish(&self, read_back: ReadBackBuffer, count: Result<u32>) -> Result<()> {
        let count = self.check_lost(count)?;
        let mut stream = self.stream.lock();
        let has_news = stream.ledger.has_news(count);
        if !has_news {
            stream.ledger.settle(read_back.mark);
        }
        stream.keep(read_back);
        drop(stream);
        if has_news {
            return self.wait_for_work();
        }
        self.health.check("download")
    }

    /// Replaces any error of a read-back by the loss of the device, if the device is lost.
    #[track_caller]
    fn check_lost<T>(&self, read: Result<T>) -> Result<T> {
        read.or_else(|e| self.health.check("download").and(Err(e)))
    }
}

#[track_caller]
fn check_chunks(got: usize, bytes: usize) -> Result<()> {
    if got == bytes {
        return Ok(());
    }
    Err(Error::value(format!(
        "upload: {got} bytes came for a block of {bytes}"
    )))
}

pub(super) fn gone() -> Error {
    Error::device("the tensor's memory is gone")
}
