// SPDX-License-Identifier: Apache-2.0
/**
 * Other engines beside ours, one thread each and with the same weights. A build of its own compiles
 * this package, {@code jmh/peers/pom.xml}, so that the library and its tests never see a peer.
 *
 * <p>Each engine has a class that loads and steps it, and a benchmark that times that. Before it is
 * timed its outputs are compared with ours ({@link org.quadgate.bench.Agreement}); what stops a
 * peer is kept for the table ({@link org.quadgate.bench.Unavailable}).
 */
package org.quadgate.peers;
