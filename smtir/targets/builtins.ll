; Conversions to narrow floats that LLVM calls on processors without an instruction for them.
; Round to nearest even, as the hardware does; double goes through float rounded to odd, so that
; the second rounding cannot err.

define bfloat @__truncsfbf2(float %x) {
  %bits = bitcast float %x to i32
  %magnitude = and i32 %bits, 2147483647
  %is_nan = icmp ugt i32 %magnitude, 2139095040
  %upper = lshr i32 %bits, 16
  %odd = and i32 %upper, 1
  %bias = add i32 %odd, 32767
  %sum = add i32 %bits, %bias
  %rounded = lshr i32 %sum, 16
  %quiet = or i32 %upper, 64
  %chosen = select i1 %is_nan, i32 %quiet, i32 %rounded
  %half = trunc i32 %chosen to i16
  %result = bitcast i16 %half to bfloat
  ret bfloat %result
}

define internal float @round_to_odd(double %x) {
  %near = fptrunc double %x to float
  %bits = bitcast float %near to i32
  %back = fpext float %near to double
  %inexact = fcmp one double %back, %x
  %low = and i32 %bits, 1
  %even = icmp eq i32 %low, 0
  %adjust = and i1 %inexact, %even
  %bits_back = bitcast double %back to i64
  %bits_x = bitcast double %x to i64
  %size_back = and i64 %bits_back, 9223372036854775807
  %size_x = and i64 %bits_x, 9223372036854775807
  %over = icmp ugt i64 %size_back, %size_x
  %step = select i1 %over, i32 -1, i32 1
  %moved = add i32 %bits, %step
  %chosen = select i1 %adjust, i32 %moved, i32 %bits
  %result = bitcast i32 %chosen to float
  ret float %result
}

define bfloat @__truncdfbf2(double %x) {
  %odd = call float @round_to_odd(double %x)
  %result = call bfloat @__truncsfbf2(float %odd)
  ret bfloat %result
}

define half @__truncdfhf2(double %x) {
  %odd = call float @round_to_odd(double %x)
  %result = fptrunc float %odd to half
  ret half %result
}
