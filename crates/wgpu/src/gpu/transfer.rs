//! Bytes to the device and back, and waiting for its work.

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
            .try_for_each(|(i, piece)| self.write_piece(storage, offset + i * TRANSFER, piece))
    }

    #[track_caller]
    fn write_piece(&self, storage: &Storage, offset: usize, bytes: &[u8]) -> Result<()> {
        let block = self.buffer(storage)?.block().ok_or_else(gone)?;
        let aligned = offset.is_multiple_of(4) && bytes.len().is_multiple_of(4);
        // What lies behind the last byte of a block is padding.
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
        // Copies are in words; the bytes around these stay as they are, but padding may become anything.
        let start = offset / 4 * 4;
        let end = (offset + bytes.len()).next_multiple_of(4);
        let mut words = vec![0; end - start];
        if !ends {
            self.read_piece(storage, start, &mut words)?;
        }
        words[offset - start..][..bytes.len()].copy_from_slice(bytes);
        self.stream.lock().write(block, start as u64, &words)
    }

    /// A block of the `bytes` bytes that `write` hands over, piece by piece: straight into upload memory if there are many.
    #[track_caller]
    pub(crate) fn upload_pieces(&self, bytes: usize, write: &mut Pieces<'_>) -> Result<Storage> {
        self.health.check("upload")?;
        let storage = self.block(bytes)?;
        if bytes > SMALL
            && let Some(mut upload) = self.staging.take(bytes)
        {
            write(&mut |piece| upload.push(piece))?;
            check_pieces(upload.len(), bytes)?;
            let block = self.buffer(&storage)?.block().ok_or_else(gone)?;
            self.uploads.fetch_add(1, Ordering::Relaxed);
            let filled = upload.close();
            self.stream.lock().upload(filled, block, 0)?;
        } else {
            let mut all = Vec::with_capacity(bytes);
            write(&mut |piece| all.extend_from_slice(piece))?;
            check_pieces(all.len(), bytes)?;
            self.write_bytes(&storage, 0, &all)?;
        }
        Ok(storage)
    }

    /// Reads from a block after all that was recorded before; an error if what is there comes of a faulty launch.
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
        for (i, piece) in out.chunks_mut(TRANSFER).enumerate() {
            self.read_piece(storage, offset + i * TRANSFER, piece)?;
            let block = self.buffer(storage)?.block().ok_or_else(gone)?;
            if let Some(fault) = self.pool.lock().poison.of(block.held()) {
                return Err(fault.error());
            }
        }
        Ok(())
    }

    /// Reads what is there, right or not.
    #[track_caller]
    fn read_piece(&self, storage: &Storage, offset: usize, out: &mut [u8]) -> Result<()> {
        let block = self.buffer(storage)?.block().ok_or_else(gone)?;
        let start = offset / 4 * 4;
        let end = (offset + out.len()).next_multiple_of(4);
        let bytes = (end - start) as u64;
        let landing = self
            .stream
            .lock()
            .read(&block.buffer, block.base + start as u64, bytes)?;
        let head = landing.wait(&self.device, |read| {
            out.copy_from_slice(&read[offset - start..][..out.len()]);
        });
        self.finish(landing, head)
    }

    /// Waits for all work, and reports the first fault that concerns this thread and that nobody heard of yet.
    #[track_caller]
    pub(crate) fn wait(&self) -> Result<()> {
        self.health.check("synchronize")?;
        self.wait_for_work()?;
        match self.stream.lock().ledger.report() {
            Some(fault) => Err(fault.error()),
            None => Ok(()),
        }
    }

    /// Waits for all work, and takes note of the faults that were found until then.
    #[track_caller]
    fn wait_for_work(&self) -> Result<()> {
        let landing = self.stream.lock().read_faults()?;
        let mut buffer = Vec::new();
        let count = landing.wait(&self.device, |read| {
            buffer.extend_from_slice(bytemuck::cast_slice(read));
        });
        wait_all(&self.device)?;
        self.arrived(count)?;
        let mut stream = self.stream.lock();
        stream.convict(&buffer, landing.mark);
        stream.keep(landing);
        drop(stream);
        self.health.check("download")
    }

    /// Takes note of how many launches before a read-back were faulty.
    #[track_caller]
    pub(super) fn finish(&self, landing: Landing, count: Result<u32>) -> Result<()> {
        let count = self.arrived(count)?;
        let mut stream = self.stream.lock();
        let news = stream.ledger.has_news(count);
        if !news {
            stream.ledger.settle(landing.mark);
        }
        stream.keep(landing);
        drop(stream);
        if news {
            return self.wait_for_work();
        }
        self.health.check("download")
    }

    /// A lost device is the reason for whatever failed.
    #[track_caller]
    fn arrived<T>(&self, read: Result<T>) -> Result<T> {
        read.or_else(|e| self.health.check("download").and(Err(e)))
    }
}

#[track_caller]
fn check_pieces(got: usize, bytes: usize) -> Result<()> {
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
