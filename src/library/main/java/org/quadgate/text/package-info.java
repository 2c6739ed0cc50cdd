// SPDX-License-Identifier: Apache-2.0

/**
 * Language models: networks that say which token comes next. A text is cut into {@link
 * org.quadgate.text.Tokens tokens}, a {@link org.quadgate.text.Vocabulary} numbers them, and a
 * {@link org.quadgate.text.LanguageModel} has a learned vector for each and a network with one
 * output, a logit, for each. Mikolov et al., "Recurrent neural network based language model", 2010.
 */
@NullMarked
package org.quadgate.text;

import org.jspecify.annotations.NullMarked;
