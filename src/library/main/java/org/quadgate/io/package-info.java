// SPDX-License-Identifier: Apache-2.0

/**
 * Model files: reading and writing networks, and language models around them. {@link
 * org.quadgate.io.ModelFiles} reads any file whose name says its format; what the formats share,
 * such as the exception for a bad file, is in {@link org.quadgate.io.format}.
 *
 * <h2>Promises</h2>
 *
 * <ul>
 *   <li>One file is a whole model; nothing else is opened, and nothing in it is executed.
 *   <li>Every size in a file is checked against the file before memory is allocated for it; what
 *       reading takes is a small multiple of the file's size. Nothing is packed for the kernels.
 *   <li>Nothing is dropped in silence: a tensor that is not understood is refused by its name.
 *   <li>What is written is read back bit for bit (but for functions in the head of an ONNX file,
 *       see {@code docs/formats.md}), and no failure to write harms an older file.
 *   <li>Whatever is wrong with a file is a {@link org.quadgate.io.format.ModelFormatException} of
 *       one line that says where.
 * </ul>
 *
 * <h2>Keras files</h2>
 *
 * <p>{@code .h5}, {@code .hdf5} and {@code .keras} of Keras 2 and 3 are read, not written, and take
 * the library {@code io.jhdf:jhdf}: LSTM and SimpleRNN layers, Bidirectional ones and those that go
 * backwards among them, Dense layers, the activations that work value by value, Masking, and a
 * Normalization or a Rescaling of the inputs. The promises above hold for them too, the one about
 * writing aside; {@code docs/keras.md} has every feature and its test.
 *
 * <h2>ONNX files</h2>
 *
 * <p>{@code .onnx} is read, from opset 7 on: the whole LSTM and RNN operators in the graphs that
 * exporters write around them, with scaling before and behind them and a head of linear layers. It
 * is written in two forms, {@link org.quadgate.io.format.OnnxForm}; of what is written, the reader
 * refuses Affine and ScaledTanh in a head. The data has to be in the file itself. {@code
 * docs/formats.md} has every feature of every format and its test.
 *
 * <h2>The container: safetensors</h2>
 *
 * <p>As specified by <a href="https://github.com/huggingface/safetensors">its project</a>: a
 * little-endian 64-bit header length (at most 100 MB), the header in JSON, then the data. The
 * header maps each tensor's name to {@code dtype}, {@code shape} and {@code data_offsets} within
 * the data, and {@code __metadata__} to strings. The tensors must cover the data exactly, without
 * overlap and without holes; names and fields may stand only once, and fields only if they are
 * known. Beyond the specification a file has at most 65536 tensors and as many metadata entries, a
 * tensor at most 8 dimensions, a name at most 1000 characters, a metadata value at most 2²⁴. Model
 * tensors are F32, F64, F16 or BF16 and become the nearest float; an F64 beyond a float is refused.
 *
 * <h2>The names of a model: PyTorch's</h2>
 *
 * <p>What {@code safetensors.torch.save_file(model.state_dict(), path)} writes, where H is the
 * hidden size, I a layer's input size and path any module path or none:
 *
 * <table>
 *   <caption>Tensors of a model</caption>
 *   <tr><th>Name</th><th>Shape</th><th>Meaning</th></tr>
 *   <tr><td>{@code path.weight_ih_lK}</td><td>[4H, I] or [H, I]</td>
 *     <td>input weights of layer K of an nn.LSTM (gates i, f, g, o) or of an nn.RNN</td></tr>
 *   <tr><td>{@code path.weight_hh_lK}</td><td>[4H, H] or [H, H]</td>
 *     <td>recurrent weights; the shape says whether it is an LSTM or an RNN</td></tr>
 *   <tr><td>{@code path.bias_ih_lK}, {@code path.bias_hh_lK}</td><td>[4H] or [H]</td>
 *     <td>biases, added to one when read; both, or neither for zero</td></tr>
 *   <tr><td>the four without {@code _lK}</td><td>the same</td>
 *     <td>an nn.LSTMCell or nn.RNNCell</td></tr>
 *   <tr><td>the four with {@code _reverse} behind them</td><td>the same</td>
 *     <td>the second direction with {@code bidirectional=True}; a layer above reads both, I = 2H
 *     </td></tr>
 *   <tr><td>{@code path.weight_hr_lK}</td><td>[P, H]</td>
 *     <td>the projection with {@code proj_size=P}; then weight_hh is [4H, P]</td></tr>
 *   <tr><td>{@code path.weight}</td><td>[out, in]</td><td>an nn.Linear of the head</td></tr>
 *   <tr><td>{@code path.bias}</td><td>[out]</td><td>its bias; zero if it is not there</td></tr>
 *   <tr><td>{@code input_mean}, {@code input_std}</td><td>[input]</td>
 *     <td>standardisation (x − mean) / std; both or neither</td></tr>
 *   <tr><td>{@code output_mean}, {@code output_std}</td><td>[output]</td>
 *     <td>scaling y · std + mean; both or neither</td></tr>
 *   <tr><td>{@code initial_h.N}, {@code initial_c.N}</td><td>[H]</td>
 *     <td>state before the first timestep of recurrent layer N, counted from 0 through the whole
 *     network; zero if it is not there</td></tr>
 *   <tr><td>{@code embedding.weight}</td><td>[vocabulary, input]</td>
 *     <td>in a language model alone: the nn.Embedding whose vectors are the inputs</td></tr>
 * </table>
 *
 * <p>The three rows before the last are Quadgate's own and may share a prefix, as {@code
 * model.input_mean}; buffers and an nn.ParameterList of a module have such names. Of a layer with
 * two directions {@code initial_h.N} has both, one behind the other. GRUs are refused by name, and
 * so is everything that is not in the table.
 *
 * <p>The modules' order is that of the metadata {@code quadgate.layers}. Without it, the recurrent
 * modules come before the linear ones, each takes what the one before gives, and if that still
 * leaves a choice, modules whose names differ only in numbers follow these (an absent number comes
 * first). A file for which that gives no order or several is refused.
 *
 * <p>A state_dict has no word on functions without weights. A vanilla RNN is taken for one with
 * tanh, not {@code nonlinearity="relu"}, and linear layers for following each other directly; for a
 * network that differs the outputs will.
 *
 * <h2>Metadata</h2>
 *
 * <table>
 *   <caption>Keys in {@code __metadata__}</caption>
 *   <tr><th>Key</th><th>Value</th></tr>
 *   <tr><td>{@code quadgate.format_version}</td><td>{@code 1}; demands a checksum</td></tr>
 *   <tr><td>{@code quadgate.layers}</td>
 *     <td>JSON array of all module paths, first to last; the root's is empty</td></tr>
 *   <tr><td>{@code quadgate.input_names}, {@code quadgate.output_names}</td>
 *     <td>JSON array of a name per input or output</td></tr>
 *   <tr><td>{@code quadgate.rows}</td>
 *     <td>{@code last} or {@code final}: a sequence gives one row, see {@link
 *     org.quadgate.network.Rows}; a stream gives every row all the same</td></tr>
 *   <tr><td>{@code quadgate.window}</td>
 *     <td>timesteps of the windows that the network was trained on, a decimal number</td></tr>
 *   <tr><td>{@code quadgate.tokens}</td>
 *     <td>{@code chars} or {@code words}: a language model, see {@link
 *     org.quadgate.io.LanguageModelFiles}</td></tr>
 *   <tr><td>{@code quadgate.vocabulary}</td><td>JSON array of its tokens, by number</td></tr>
 *   <tr><td>{@code quadgate.sha256}</td><td>the checksum, 64 lower-case hexadecimal digits</td></tr>
 * </table>
 *
 * <p>All are optional, the two of a language model together. An unknown key that begins with {@code
 * quadgate.} is passed over if there is a checksum and refused if there is none; all other keys are
 * passed over. Whoever changes a file that Quadgate wrote has to take away {@code quadgate.sha256}
 * and {@code quadgate.format_version}.
 *
 * <p>An ONNX file has the names and the window under the same keys in its metadata_props, and, in
 * the form {@link org.quadgate.io.format.OnnxForm#STEP}, the initial states. An unknown key of
 * Quadgate's is refused there.
 *
 * <h2>The checksum</h2>
 *
 * <p>SHA-256 over this sequence, where a number is 8 bytes, little-endian, a string is the number
 * of its UTF-8 bytes followed by these, and names are in the unsigned order of their UTF-8 bytes:
 *
 * <ol>
 *   <li>the number of metadata entries other than {@code quadgate.sha256}, then, in the order of
 *       their keys, each one's key and value as strings;
 *   <li>in the order of their names, for each tensor: its name and its dtype as strings, the number
 *       of its dimensions, each dimension as a number, the number of its bytes, and these.
 * </ol>
 *
 * <p>It guards against damage, not against forgery: whoever can change a file can also compute the
 * checksum.
 */
@NullMarked
package org.quadgate.io;

import org.jspecify.annotations.NullMarked;
