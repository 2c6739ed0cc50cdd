// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import io.jhdf.Superblock;
import io.jhdf.exceptions.HdfException;
import io.jhdf.storage.HdfBackingStorage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/**
 * Hands the bytes of an HDF5 file to jhdf, as slices and on a budget: a file with cyclic or shared
 * structures could keep a reader busy for ever, but every loop has to read, so that the budget ends
 * it. There is no file underneath, so jhdf cannot open a second one either.
 */
final class BoundedStorage implements HdfBackingStorage {
  /** How many times its own length a file may be read, on top of {@link #SPARE}. */
  static final int MULTIPLE = 16;

  private static final long SPARE = 1 << 20;
  // jhdf makes objects even of an empty read, so that none is free
  private static final int LEAST = 16;

  private final byte[] bytes;
  private final Superblock superblock;
  private long budget;

  BoundedStorage(byte[] bytes, Superblock superblock) {
    this.bytes = bytes;
    this.superblock = superblock;
    budget = (long) MULTIPLE * bytes.length + SPARE;
  }

  /**
   * A range of the file.
   *
   * @throws HdfException if the range is not inside the file or the budget is used up
   */
  ByteBuffer slice(long address, long length) {
    if (address < 0 || length < 0 || address > bytes.length || length > bytes.length - address) {
      throw new HdfException(
          length + " bytes at " + address + " are not within the file's " + bytes.length);
    }
    budget -= Math.max(length, LEAST);
    if (budget < 0) {
      throw new HdfException(
          "the structures refer to each other so often that reading would not end");
    }
    return ByteBuffer.wrap(bytes, (int) address, (int) length)
        .slice()
        .asReadOnlyBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public ByteBuffer readBufferFromAddress(long address, int length) {
    return slice(address, length);
  }

  @Override
  public ByteBuffer map(long address, long length) {
    return slice(address, length);
  }

  @Override
  public ByteBuffer mapNoOffset(long address, long length) {
    return slice(address, length);
  }

  @Override
  public long getUserBlockSize() {
    return 0;
  }

  @Override
  public Superblock getSuperblock() {
    return superblock;
  }

  @Override
  public FileChannel getFileChannel() {
    throw new HdfException("there is no file under this storage");
  }

  @Override
  public int getSizeOfOffsets() {
    return superblock.getSizeOfOffsets();
  }

  @Override
  public int getSizeOfLengths() {
    return superblock.getSizeOfLengths();
  }

  @Override
  public void close() {}

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public boolean inMemory() {
    return true;
  }
}
