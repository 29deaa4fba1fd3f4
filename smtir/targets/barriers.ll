; Run time of barriers: iterations of smt.parallel, and programs that share barriers, as coroutines.
;
; All of a program runs on one thread.  Whoever cannot go on suspends; all others are resumed in the
; order of their numbers, round after round, until a round in which nobody gets past a wait.
;
; A barrier is 8 words of 64 bits, known by its address:
;   0 arrivals so far, 1 arrivals that end a phase (-1 not known yet), 2 arrivals in this phase,
;   3 phases that ended, 4 a number that no other barrier has, 5 to 7 unused
; A task (an iteration, a program, or what a plain program runs in) is 11 words:
;   0 its coroutine (null: none, or done), 1 the loop that it belongs to (null: a plain program),
;   2 phases that it waited for (a list), 3 the loop that it runs, 4 the next task of its loop,
;   5 to 7 its last wait: its description (a C string), barrier, count; 8 its number in the loop, 9 global barriers (a list),
;   10 of the outermost task: whether an iteration has ended the program
; A loop is 5 words: 0 the task that runs it, 1 its first and 2 its last task, 3 waits passed, 4 tasks made
; A phase waited for is 4 words: 0 barrier, 1 its number, 2 phases, 3 the next one
; A global barrier is 2 words, its number and the next one, and the barrier

@barriers_made = internal global i64 0

declare ptr @malloc(i64)
declare void @free(ptr)
declare void @smtir_harness_fail(ptr, i64, ptr, i64, i32, i32, i32)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare void @llvm.coro.resume(ptr)
declare void @llvm.coro.destroy(ptr)
declare i1 @llvm.coro.done(ptr)

define internal i64 @get(ptr %record, i64 %word) alwaysinline {
  %place = getelementptr i64, ptr %record, i64 %word
  %value = load i64, ptr %place
  ret i64 %value
}

define internal void @set(ptr %record, i64 %word, i64 %value) alwaysinline {
  %place = getelementptr i64, ptr %record, i64 %word
  store i64 %value, ptr %place
  ret void
}

define internal ptr @link(ptr %record, i64 %word) alwaysinline {
  %place = getelementptr i64, ptr %record, i64 %word
  %value = load ptr, ptr %place
  ret ptr %value
}

define internal void @set_link(ptr %record, i64 %word, ptr %value) alwaysinline {
  %place = getelementptr i64, ptr %record, i64 %word
  store ptr %value, ptr %place
  ret void
}

define internal ptr @made(i64 %words) {
  %bytes = shl i64 %words, 3
  %record = call ptr @malloc(i64 %bytes)
  call void @llvm.memset.p0.i64(ptr align 8 %record, i8 0, i64 %bytes, i1 false)
  ret ptr %record
}

; Free a list whose next one is in the word %next.
define internal void @free_list(ptr %first, i64 %next) {
  br label %head
head:
  %one = phi ptr [ %first, %0 ], [ %other, %body ]
  %end = icmp eq ptr %one, null
  br i1 %end, label %done, label %body
body:
  %other = call ptr @link(ptr %one, i64 %next)
  call void @free(ptr %one)
  br label %head
done:
  ret void
}

; ---- barriers

; End the phases that have their arrivals.
define internal void @settle(ptr %barrier) {
  %expected = call i64 @get(ptr %barrier, i64 1)
  %known = icmp sgt i64 %expected, 0
  br i1 %known, label %count, label %done
count:
  %pending = call i64 @get(ptr %barrier, i64 2)
  %ended = udiv i64 %pending, %expected
  %left = urem i64 %pending, %expected
  %before = call i64 @get(ptr %barrier, i64 3)
  %phases = add i64 %before, %ended
  call void @set(ptr %barrier, i64 2, i64 %left)
  call void @set(ptr %barrier, i64 3, i64 %phases)
  br label %done
done:
  ret void
}

; Make %copies barriers, one after the other from %address on.
define void @smtir_barrier_init(i64 %address, i64 %copies, i64 %arrived, i64 %expected) {
  %first = inttoptr i64 %address to ptr
  br label %head
head:
  %index = phi i64 [ 0, %0 ], [ %next, %body ]
  %more = icmp slt i64 %index, %copies
  br i1 %more, label %body, label %done
body:
  %offset = shl i64 %index, 3
  %barrier = getelementptr i64, ptr %first, i64 %offset
  %number = atomicrmw add ptr @barriers_made, i64 1 monotonic
  call void @set(ptr %barrier, i64 0, i64 %arrived)
  call void @set(ptr %barrier, i64 1, i64 %expected)
  call void @set(ptr %barrier, i64 2, i64 %arrived)
  call void @set(ptr %barrier, i64 3, i64 0)
  call void @set(ptr %barrier, i64 4, i64 %number)
  call void @settle(ptr %barrier)
  %next = add i64 %index, 1
  br label %head
done:
  ret void
}

define void @smtir_barrier_arrive(i64 %address) {
  %barrier = inttoptr i64 %address to ptr
  %before = call i64 @get(ptr %barrier, i64 0)
  %arrived = add i64 %before, 1
  call void @set(ptr %barrier, i64 0, i64 %arrived)
  %waiting = call i64 @get(ptr %barrier, i64 2)
  %pending = add i64 %waiting, 1
  call void @set(ptr %barrier, i64 2, i64 %pending)
  call void @settle(ptr %barrier)
  ret void
}

define void @smtir_barrier_set_expect(i64 %address, i64 %expected) {
  %barrier = inttoptr i64 %address to ptr
  call void @set(ptr %barrier, i64 1, i64 %expected)
  call void @settle(ptr %barrier)
  ret void
}

define internal ptr @outermost(ptr %task) {
  br label %climb
climb:
  %current = phi ptr [ %task, %0 ], [ %outer, %up ]
  %loop = call ptr @link(ptr %current, i64 1)
  %found = icmp eq ptr %loop, null
  br i1 %found, label %done, label %up
up:
  %outer = call ptr @link(ptr %loop, i64 0)
  br label %climb
done:
  ret ptr %current
}

; An iteration ends the whole program, as a failed assertion does.
define void @smtir_program_quit(ptr %task) {
  %outermost = call ptr @outermost(ptr %task)
  call void @set(ptr %outermost, i64 10, i64 1)
  ret void
}

; The barrier %id that all programs below the outermost task share; made when it is first asked for.  The
; upper bits of its number are the arrivals so far (from bit 32) and expected (from bit 48, 0: not known yet).
define i64 @smtir_global_barrier_of(ptr %task, i64 %id) {
  %current = call ptr @outermost(ptr %task)
  br label %search
search:
  %first = call ptr @link(ptr %current, i64 9)
  br label %head
head:
  %one = phi ptr [ %first, %search ], [ %other, %following ]
  %end = icmp eq ptr %one, null
  br i1 %end, label %new, label %compare
compare:
  %its = call i64 @get(ptr %one, i64 0)
  %same = icmp eq i64 %its, %id
  br i1 %same, label %found, label %following
following:
  %other = call ptr @link(ptr %one, i64 1)
  br label %head
new:
  %record = call ptr @made(i64 10)
  call void @set(ptr %record, i64 0, i64 %id)
  call void @set_link(ptr %record, i64 1, ptr %first)
  call void @set_link(ptr %current, i64 9, ptr %record)
  %place = getelementptr i64, ptr %record, i64 2
  %address = ptrtoint ptr %place to i64
  %expected = lshr i64 %id, 48
  %unknown = icmp eq i64 %expected, 0
  %expects = select i1 %unknown, i64 -1, i64 %expected
  %upper = lshr i64 %id, 32
  %arrived = and i64 %upper, 65535
  call void @smtir_barrier_init(i64 %address, i64 1, i64 %arrived, i64 %expects)
  ret i64 %address
found:
  %there = getelementptr i64, ptr %one, i64 2
  %known = ptrtoint ptr %there to i64
  ret i64 %known
}

; ---- phases that a task has waited for; what it has not waited for itself it takes from its outer task

define internal ptr @own_phases(ptr %task, i64 %barrier) {
  %first = call ptr @link(ptr %task, i64 2)
  br label %head
head:
  %one = phi ptr [ %first, %0 ], [ %other, %following ]
  %end = icmp eq ptr %one, null
  br i1 %end, label %done, label %compare
compare:
  %its = call i64 @get(ptr %one, i64 0)
  %same = icmp eq i64 %its, %barrier
  br i1 %same, label %done, label %following
following:
  %other = call ptr @link(ptr %one, i64 3)
  br label %head
done:
  ret ptr %one
}

define internal i64 @phases_of(ptr %task, i64 %barrier, i64 %number) {
  br label %climb
climb:
  %current = phi ptr [ %task, %0 ], [ %outer, %up ]
  %one = call ptr @own_phases(ptr %current, i64 %barrier)
  %none = icmp eq ptr %one, null
  br i1 %none, label %above, label %compare
compare:
  %its = call i64 @get(ptr %one, i64 1)
  %same = icmp eq i64 %its, %number
  br i1 %same, label %found, label %above
above:
  %loop = call ptr @link(ptr %current, i64 1)
  %outermost = icmp eq ptr %loop, null
  br i1 %outermost, label %nothing, label %up
up:
  %outer = call ptr @link(ptr %loop, i64 0)
  br label %climb
found:
  %phases = call i64 @get(ptr %one, i64 2)
  ret i64 %phases
nothing:
  ret i64 0
}

define internal void @note_phases(ptr %task, i64 %barrier, i64 %number, i64 %phases) {
  %one = call ptr @own_phases(ptr %task, i64 %barrier)
  %none = icmp eq ptr %one, null
  br i1 %none, label %new, label %old
new:
  %record = call ptr @made(i64 4)
  %first = call ptr @link(ptr %task, i64 2)
  call void @set_link(ptr %record, i64 3, ptr %first)
  call void @set_link(ptr %task, i64 2, ptr %record)
  br label %write
old:
  %its = call i64 @get(ptr %one, i64 1)
  %same = icmp eq i64 %its, %number
  %known = call i64 @get(ptr %one, i64 2)
  %more = icmp sgt i64 %known, %phases
  %keep = and i1 %same, %more
  br i1 %keep, label %done, label %write
write:
  %place = phi ptr [ %record, %new ], [ %one, %old ]
  call void @set(ptr %place, i64 0, i64 %barrier)
  call void @set(ptr %place, i64 1, i64 %number)
  call void @set(ptr %place, i64 2, i64 %phases)
  br label %done
done:
  ret void
}

; Whether %task may go on behind a wait for %count arrivals in all, or for the next phase where that is 0.
define i1 @smtir_barrier_try(ptr %task, i64 %address, i64 %count, ptr %description) {
  %barrier = inttoptr i64 %address to ptr
  call void @set_link(ptr %task, i64 5, ptr %description)
  call void @set(ptr %task, i64 6, i64 %address)
  call void @set(ptr %task, i64 7, i64 %count)
  %total = icmp sgt i64 %count, 0
  br i1 %total, label %arrivals, label %phase
arrivals:
  %arrived = call i64 @get(ptr %barrier, i64 0)
  %enough = icmp sge i64 %arrived, %count
  br i1 %enough, label %pass, label %stay
phase:
  %expected = call i64 @get(ptr %barrier, i64 1)
  %nothing = icmp eq i64 %expected, 0
  br i1 %nothing, label %pass, label %compare
compare:
  %number = call i64 @get(ptr %barrier, i64 4)
  %seen = call i64 @phases_of(ptr %task, i64 %address, i64 %number)
  %ended = call i64 @get(ptr %barrier, i64 3)
  %released = icmp sgt i64 %ended, %seen
  br i1 %released, label %take, label %stay
take:
  %taken = add i64 %seen, 1
  call void @note_phases(ptr %task, i64 %address, i64 %number, i64 %taken)
  br label %pass
pass:
  br label %climb
climb:
  %current = phi ptr [ %task, %pass ], [ %outer, %up ]
  %loop = call ptr @link(ptr %current, i64 1)
  %outermost = icmp eq ptr %loop, null
  br i1 %outermost, label %done, label %up
up:
  %before = call i64 @get(ptr %loop, i64 3)
  %passed = add i64 %before, 1
  call void @set(ptr %loop, i64 3, i64 %passed)
  %outer = call ptr @link(ptr %loop, i64 0)
  br label %climb
done:
  ret i1 true
stay:
  ret i1 false
}

; ---- tasks and loops

define void @smtir_program_begin(ptr %task) {
  call void @llvm.memset.p0.i64(ptr align 8 %task, i8 0, i64 88, i1 false)
  ret void
}

define void @smtir_program_end(ptr %task) {
  %phases = call ptr @link(ptr %task, i64 2)
  call void @free_list(ptr %phases, i64 3)
  %globals = call ptr @link(ptr %task, i64 9)
  call void @free_list(ptr %globals, i64 1)
  call void @set_link(ptr %task, i64 2, ptr null)
  call void @set_link(ptr %task, i64 9, ptr null)
  ret void
}

define i64 @smtir_loop_begin(ptr %task) {
  %loop = call ptr @made(i64 5)
  call void @set_link(ptr %loop, i64 0, ptr %task)
  call void @set_link(ptr %task, i64 3, ptr %loop)
  %handle = ptrtoint ptr %loop to i64
  ret i64 %handle
}

; The loop over the programs of a grid; its name tells who launches the kernel that they run at once.
define i64 @smtir_grid_begin(ptr %task) {
  %handle = call i64 @smtir_loop_begin(ptr %task)
  ret i64 %handle
}

; Called by a coroutine when it starts: it becomes the last task of the loop.
define ptr @smtir_task_begin(i64 %handle, ptr %coroutine) {
  %loop = inttoptr i64 %handle to ptr
  %task = call ptr @made(i64 11)
  call void @set_link(ptr %task, i64 0, ptr %coroutine)
  call void @set_link(ptr %task, i64 1, ptr %loop)
  %number = call i64 @get(ptr %loop, i64 4)
  call void @set(ptr %task, i64 8, i64 %number)
  %made = add i64 %number, 1
  call void @set(ptr %loop, i64 4, i64 %made)
  %last = call ptr @link(ptr %loop, i64 2)
  %is_first = icmp eq ptr %last, null
  br i1 %is_first, label %first, label %behind
first:
  call void @set_link(ptr %loop, i64 1, ptr %task)
  br label %done
behind:
  call void @set_link(ptr %last, i64 4, ptr %task)
  br label %done
done:
  call void @set_link(ptr %loop, i64 2, ptr %task)
  ret ptr %task
}

; Free the memory of a coroutine that has ended.  Whether it has.
define internal i1 @reap(ptr %task) {
  %coroutine = call ptr @link(ptr %task, i64 0)
  %gone = icmp eq ptr %coroutine, null
  br i1 %gone, label %yes, label %ask
ask:
  %ended = call i1 @llvm.coro.done(ptr %coroutine)
  br i1 %ended, label %free, label %no
free:
  call void @llvm.coro.destroy(ptr %coroutine)
  call void @set_link(ptr %task, i64 0, ptr null)
  br label %yes
yes:
  ret i1 true
no:
  ret i1 false
}

; Called when a new task of the loop has run as far as it could.
define void @smtir_task_started(i64 %handle) {
  %loop = inttoptr i64 %handle to ptr
  %task = call ptr @link(ptr %loop, i64 2)
  %ended = call i1 @reap(ptr %task)
  ret void
}

; Resume all tasks of a loop in turns.  True: all have ended, and the loop is gone.  False: all
; that are left wait for somebody else, or the program has been ended.
define i1 @smtir_loop_end(i64 %handle) {
  %loop = inttoptr i64 %handle to ptr
  %first = call ptr @link(ptr %loop, i64 1)
  %parent = call ptr @link(ptr %loop, i64 0)
  %outermost = call ptr @outermost(ptr %parent)
  br label %round
round:
  %before = call i64 @get(ptr %loop, i64 3)
  br label %head
head:
  %task = phi ptr [ %first, %round ], [ %next, %after ]
  %live = phi i64 [ 0, %round ], [ %still, %after ]
  %end = icmp eq ptr %task, null
  br i1 %end, label %decide, label %look
look:
  %was_done = call i1 @reap(ptr %task)
  br i1 %was_done, label %after, label %resume
resume:
  %coroutine = call ptr @link(ptr %task, i64 0)
  call void @llvm.coro.resume(ptr %coroutine)
  %is_done = call i1 @reap(ptr %task)
  %waits = select i1 %is_done, i64 0, i64 1
  br label %after
after:
  %more = phi i64 [ 0, %look ], [ %waits, %resume ]
  %still = add i64 %live, %more
  %next = call ptr @link(ptr %task, i64 4)
  br label %head
decide:
  %quit = call i64 @get(ptr %outermost, i64 10)
  %ended = icmp ne i64 %quit, 0
  br i1 %ended, label %blocked, label %go_on
go_on:
  %all_done = icmp eq i64 %live, 0
  br i1 %all_done, label %finish, label %progress
progress:
  %passed = call i64 @get(ptr %loop, i64 3)
  %stuck = icmp eq i64 %passed, %before
  br i1 %stuck, label %blocked, label %round
blocked:
  ret i1 false
finish:
  br label %each
each:
  %one = phi ptr [ %first, %finish ], [ %other, %merged ]
  %none = icmp eq ptr %one, null
  br i1 %none, label %done, label %merge
merge:
  %phases = call ptr @link(ptr %one, i64 2)
  br label %each_phase
each_phase:
  %phase = phi ptr [ %phases, %merge ], [ %following, %take ]
  %last = icmp eq ptr %phase, null
  br i1 %last, label %merged, label %take
take:
  %barrier = call i64 @get(ptr %phase, i64 0)
  %number = call i64 @get(ptr %phase, i64 1)
  %count = call i64 @get(ptr %phase, i64 2)
  call void @note_phases(ptr %parent, i64 %barrier, i64 %number, i64 %count)
  %following = call ptr @link(ptr %phase, i64 3)
  br label %each_phase
merged:
  call void @free_list(ptr %phases, i64 3)
  %other = call ptr @link(ptr %one, i64 4)
  call void @free(ptr %one)
  br label %each
done:
  call void @set_link(ptr %parent, i64 3, ptr null)
  call void @free(ptr %loop)
  ret i1 true
}

; End all that runs in the loop of %task, innermost first.
define internal void @abandon(ptr %task) {
  %loop = call ptr @link(ptr %task, i64 3)
  %none = icmp eq ptr %loop, null
  br i1 %none, label %done, label %begin
begin:
  %first = call ptr @link(ptr %loop, i64 1)
  br label %head
head:
  %one = phi ptr [ %first, %begin ], [ %next, %free ]
  %end = icmp eq ptr %one, null
  br i1 %end, label %last, label %look
look:
  %coroutine = call ptr @link(ptr %one, i64 0)
  %gone = icmp eq ptr %coroutine, null
  br i1 %gone, label %free, label %destroy
destroy:
  call void @abandon(ptr %one)
  call void @llvm.coro.destroy(ptr %coroutine)
  br label %free
free:
  %phases = call ptr @link(ptr %one, i64 2)
  call void @free_list(ptr %phases, i64 3)
  %next = call ptr @link(ptr %one, i64 4)
  call void @free(ptr %one)
  br label %head
last:
  call void @free(ptr %loop)
  call void @set_link(ptr %task, i64 3, ptr null)
  br label %done
done:
  ret void
}

define internal ptr @first_waiting(ptr %loop) {
  %first = call ptr @link(ptr %loop, i64 1)
  br label %head
head:
  %task = phi ptr [ %first, %0 ], [ %next, %following ]
  %coroutine = call ptr @link(ptr %task, i64 0)
  %gone = icmp eq ptr %coroutine, null
  br i1 %gone, label %following, label %found
following:
  %next = call ptr @link(ptr %task, i64 4)
  br label %head
found:
  ret ptr %task
}

; The program %program (the first of a grid, where %is_grid) of a grid of %gx times %gy times any waits for
; ever in %task: say where, and end it.  What is said is the description of the wait, and four numbers: the arrivals
; that there are and that it needs (-1 not known), the iteration of the innermost loop (-1 none), and the phase
; that it waits for, from 1 (0: a total).
define void @smtir_program_stuck(ptr %task, i64 %program, i1 %is_grid, i32 %gx, i32 %gy) {
  %numbers = alloca [4 x i64]
  %quit = call i64 @get(ptr %task, i64 10)
  %ended = icmp ne i64 %quit, 0
  br i1 %ended, label %give_up, label %descend
descend:
  %current = phi ptr [ %task, %0 ], [ %inner, %down ]
  %outer_iteration = phi i64 [ -1, %0 ], [ %iteration, %down ]
  %number = phi i64 [ %program, %0 ], [ %inner_number, %down ]
  %in_grid = phi i1 [ %is_grid, %0 ], [ false, %down ]
  %loop = call ptr @link(ptr %current, i64 3)
  %leaf = icmp eq ptr %loop, null
  br i1 %leaf, label %tell, label %down
down:
  %inner = call ptr @first_waiting(ptr %loop)
  %index = call i64 @get(ptr %inner, i64 8)
  %shifted = add i64 %number, %index
  %inner_number = select i1 %in_grid, i64 %shifted, i64 %number
  %iteration = select i1 %in_grid, i64 -1, i64 %index
  br label %descend
tell:
  %description = call ptr @link(ptr %current, i64 5)
  %address = call i64 @get(ptr %current, i64 6)
  %count = call i64 @get(ptr %current, i64 7)
  %barrier = inttoptr i64 %address to ptr
  %total = icmp sgt i64 %count, 0
  %all = call i64 @get(ptr %barrier, i64 0)
  %pending = call i64 @get(ptr %barrier, i64 2)
  %arrived = select i1 %total, i64 %all, i64 %pending
  %expected = call i64 @get(ptr %barrier, i64 1)
  %needed = select i1 %total, i64 %count, i64 %expected
  %identity = call i64 @get(ptr %barrier, i64 4)
  %seen = call i64 @phases_of(ptr %current, i64 %address, i64 %identity)
  %following = add i64 %seen, 1
  %phase = select i1 %total, i64 0, i64 %following
  call void @set(ptr %numbers, i64 0, i64 %arrived)
  call void @set(ptr %numbers, i64 1, i64 %needed)
  call void @set(ptr %numbers, i64 2, i64 %outer_iteration)
  call void @set(ptr %numbers, i64 3, i64 %phase)
  br label %measure
measure:
  %length = phi i64 [ 0, %tell ], [ %longer, %measure ]
  %place = getelementptr i8, ptr %description, i64 %length
  %letter = load i8, ptr %place
  %longer = add i64 %length, 1
  %last = icmp eq i8 %letter, 0
  br i1 %last, label %say, label %measure
say:
  %sx = zext i32 %gx to i64
  %sy = zext i32 %gy to i64
  %row = udiv i64 %number, %sx
  %x = urem i64 %number, %sx
  %y = urem i64 %row, %sy
  %z = udiv i64 %row, %sy
  %px = trunc i64 %x to i32
  %py = trunc i64 %y to i32
  %pz = trunc i64 %z to i32
  call void @smtir_harness_fail(ptr %description, i64 %length, ptr %numbers, i64 32, i32 %px, i32 %py, i32 %pz)
  br label %give_up
give_up:
  call void @abandon(ptr %task)
  call void @smtir_program_end(ptr %task)
  ret void
}

; ---- frames of coroutines: at any alignment, with the address to free in front, buffers behind

define ptr @smtir_frame_alloc(i64 %size, i64 %alignment, i64 %buffers) {
  %small = icmp ult i64 %alignment, 16
  %unit = select i1 %small, i64 16, i64 %alignment
  %more = add i64 %size, %unit
  %behind = add i64 %more, %buffers
  %bytes = add i64 %behind, 72
  %block = call ptr @malloc(i64 %bytes)
  %start = ptrtoint ptr %block to i64
  %after = add i64 %start, 7
  %raised = add i64 %after, %unit
  %mask = sub i64 0, %unit
  %address = and i64 %raised, %mask
  %frame = inttoptr i64 %address to ptr
  call void @set_link(ptr %frame, i64 -1, ptr %block)
  ret ptr %frame
}

; The memory behind a frame of %size bytes, at a multiple of 64.
define ptr @smtir_frame_buffers(ptr %frame, i64 %size) {
  %start = ptrtoint ptr %frame to i64
  %end = add i64 %start, %size
  %raised = add i64 %end, 63
  %address = and i64 %raised, -64
  %buffers = inttoptr i64 %address to ptr
  ret ptr %buffers
}

define void @smtir_frame_free(ptr %frame) {
  %block = call ptr @link(ptr %frame, i64 -1)
  call void @free(ptr %block)
  ret void
}
