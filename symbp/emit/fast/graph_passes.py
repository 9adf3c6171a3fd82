"""The passes over the joint graph, in their order: the same values with fewer or cheaper operations."""

from __future__ import annotations

from symbp.emit.fast.centred_variance import centred_variance
from symbp.emit.fast.common_factors import common_factors
from symbp.emit.fast.flat_means import flat_means
from symbp.emit.fast.fold_scales import fold_scales
from symbp.emit.fast.gelu_from_erfc import gelu_from_erfc
from symbp.emit.fast.known_products import known_products
from symbp.emit.fast.means_from_sums import means_from_sums
from symbp.emit.fast.merge_numbers import merge_numbers
from symbp.emit.fast.multiply_by_inverses import multiply_by_inverses
from symbp.emit.fast.numbers_into_sums import numbers_into_sums
from symbp.emit.fast.parts_side_by_side import parts_side_by_side
from symbp.emit.fast.pool_before_relu import pool_before_relu
from symbp.emit.fast.row_factors import row_factors
from symbp.emit.fast.single_windows import single_windows
from symbp.emit.fast.slopes_from_sigmoids import slopes_from_sigmoids
from symbp.emit.fast.slopes_with_values import slopes_with_values
from symbp.emit.fast.sums_of_pooled import sums_of_pooled
from symbp.emit.fast.time_after import gather_over_time
from symbp.emit.fast.time_before import inputs_at_once
from symbp.emit.fast.time_gates import join_gates
from symbp.emit.fast.time_gradients import join_gradients
from symbp.emit.fast.time_idle import forget_unread
from symbp.emit.fast.time_saved import keep_for_backward
from symbp.emit.fast.time_split import split_loops
from symbp.emit.fast.totals_from_column_sums import totals_from_column_sums
from symbp.emit.fast.triangles_by_halves import triangles_by_halves
from symbp.emit.fast.turned_convolution import turned_convolution
from symbp.emit.fast.turned_products import turned_products
from symbp.emit.fast.windows_after_reshape import windows_after_reshape

GRAPH_PASSES = {
    f.__name__: f
    for f in (
        forget_unread,
        split_loops,
        keep_for_backward,
        join_gates,
        inputs_at_once,
        gather_over_time,
        join_gradients,
        slopes_from_sigmoids,
        gelu_from_erfc,
        common_factors,
        merge_numbers,
        numbers_into_sums,
        centred_variance,
        flat_means,
        multiply_by_inverses,
        windows_after_reshape,
        single_windows,
        turned_convolution,
        pool_before_relu,
        sums_of_pooled,
        fold_scales,
        means_from_sums,
        totals_from_column_sums,
        row_factors,
        triangles_by_halves,
        turned_products,
        parts_side_by_side,
        known_products,
        slopes_with_values,
    )
}
