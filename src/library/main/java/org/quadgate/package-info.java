// SPDX-License-Identifier: Apache-2.0

/**
 * Quadgate: recurrent networks in a latency-critical JVM process. This page is the manual of the
 * types an embedder touches; data about networks is in {@link org.quadgate.network}, choices in
 * {@link org.quadgate.options}, files in {@code org.quadgate.io}, training in {@code
 * org.quadgate.train}.
 *
 * <h2>A stream, tick by tick</h2>
 *
 * <pre>{@code
 * try (Model model = Model.of(ModelFiles.read(Path.of("model.safetensors")))) {
 *   StreamState state = model.newState();      // one per stream
 *   float[] x = new float[model.inputSize()];
 *   float[] y = new float[model.outputSize()];
 *   model.warmUp();                            // so that the first tick is a fast one
 *   while (feed.next(x)) {
 *     model.step(state, x, y);                 // allocates nothing
 *     publish(y);
 *     model.prepareNext(state);                // optional: R·h of the next tick, done before it
 *   }
 * }
 * }</pre>
 *
 * <h2>Which type does what</h2>
 *
 * <table>
 * <caption>The types of this package</caption>
 * <tr><td>{@link org.quadgate.Model}</td><td>a network ready to run; shared by threads</td></tr>
 * <tr><td>{@link org.quadgate.StreamState}</td><td>h and c of one stream</td></tr>
 * <tr><td>{@link org.quadgate.StreamBatch}</td><td>many streams, stepped together</td></tr>
 * <tr><td>{@link org.quadgate.SlidingWindow}</td><td>the last T timesteps at every tick</td></tr>
 * <tr><td>{@link org.quadgate.StreamPool}</td><td>streams and sequences shared out among threads
 *     </td></tr>
 * <tr><td>{@link org.quadgate.ModelCores}</td><td>one step of a large model on several cores
 *     </td></tr>
 * <tr><td>{@link org.quadgate.GateTrace}</td><td>what the gates of a stream did</td></tr>
 * <tr><td>{@link org.quadgate.KernelInfo}</td><td>which code computes, and why</td></tr>
 * <tr><td>{@link org.quadgate.RefusedInputException}</td><td>an input that would have poisoned a
 *     stream</td></tr>
 * </table>
 *
 * <h2>What holds everywhere</h2>
 *
 * <ul>
 *   <li><b>The same bits.</b> One step, two phases, a sequence, a batch, a window, a pool, several
 *       cores, any vector width and scalar code give the same outputs for the same inputs.
 *   <li><b>An exception leaves everything as it was</b>: no stream has moved, no tick has happened.
 *       The one exception to that is a thread of a {@link org.quadgate.StreamPool} that fails.
 *   <li><b>Outputs may be written over inputs</b> where their sizes agree. Where they do not, one
 *       array for both is refused.
 *   <li><b>Threads.</b> A model is for any number of them. A state, a batch, a window and a trace
 *       are for one at a time, which assertions (-ea) check; pools and cores refuse a second
 *       caller.
 *   <li><b>Memory has an owner.</b> Weights belong to the model and go when it is closed; closing
 *       waits for calls in progress, and later ones are refused. Scratch belongs to the thread that
 *       calls, and is made at its first call. A state is its h and c and, once {@link
 *       org.quadgate.Model#prepareNext} was called, the sums of that.
 *   <li><b>Networks that read backwards</b> (bidirectional and reverse layers) need whole
 *       sequences: {@link org.quadgate.Model#run(float[], int, float[])}. {@link
 *       org.quadgate.Model#whyNotStep} says so; everything else works on every network.
 * </ul>
 */
@NullMarked
package org.quadgate;

import org.jspecify.annotations.NullMarked;
