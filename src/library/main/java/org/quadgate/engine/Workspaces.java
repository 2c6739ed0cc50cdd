// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The workspaces of all threads that use one network, and the door that closes behind the last of
 * them. Entering costs no fence: who closes makes every thread pass a handshake instead, after
 * which each has either shown that it is inside or will see that the door is closed.
 */
final class Workspaces {
  private static final VarHandle CLOSED;

  static {
    try {
      CLOSED = MethodHandles.lookup().findVarHandle(Workspaces.class, "closed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** How often {@link #close} looks whether the last one has left. */
  private static final long LOOK_NANOS = 20_000;

  @SuppressWarnings("ThreadLocalUsage") // a thread has as many workspaces as there are networks
  private final ThreadLocal<Workspace> own = new ThreadLocal<>();

  private final List<WeakReference<Workspace>> all = new ArrayList<>(); // guarded by itself

  /** The last thread's that asked; a thread that finds its own here need not look further. */
  private Workspace latest;

  private boolean closed;

  /**
   * Begins a thread's use of the network.
   *
   * @param network of which a thread gets a workspace where it has none yet
   * @throws IllegalStateException if the network is closed
   */
  Workspace enter(PackedNetwork network) {
    Workspace workspace = latest;
    if (workspace == null || workspace.owner != Thread.currentThread()) {
      workspace = find(network);
    }
    workspace.enter();
    if ((boolean) CLOSED.getOpaque(this)) {
      workspace.leave();
      throw closed();
    }
    return workspace;
  }

  static IllegalStateException closed() {
    return new IllegalStateException("the model is closed");
  }

  private Workspace find(PackedNetwork network) {
    Workspace workspace = own.get();
    if (workspace == null) {
      if (isClosed()) {
        throw closed();
      }
      workspace = new Workspace(network, Thread.currentThread());
      own.set(workspace);
      synchronized (all) {
        all.removeIf(reference -> reference.get() == null);
        all.add(new WeakReference<>(workspace));
      }
    }
    latest = workspace;
    return workspace;
  }

  boolean isClosed() {
    return (boolean) CLOSED.getAcquire(this);
  }

  /**
   * Lets nobody in any more and waits until all have left.
   *
   * @return false if somebody else has closed, or is closing
   */
  boolean close() {
    if (!CLOSED.compareAndSet(this, false, true)) {
      return false;
    }
    // closing shared memory makes every thread of the JVM pass a handshake
    try (Arena handshake = Arena.ofShared()) {
      handshake.allocate(1);
    }
    List<WeakReference<Workspace>> inside;
    synchronized (all) {
      inside = List.copyOf(all);
    }
    for (WeakReference<Workspace> reference : inside) {
      Workspace workspace = reference.get();
      while (workspace != null && workspace.isBusy()) {
        LockSupport.parkNanos(LOOK_NANOS);
      }
    }
    latest = null;
    return true;
  }
}
