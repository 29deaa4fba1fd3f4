; Threads that run the programs of a grid, for kernels in this process.
;
; One grid runs on them at a time; a caller that comes meanwhile runs its own alone.  Workers look for a new grid for
; some 50 us after the last one and sleep then.  Of a grid as many take part as hold tickets: the caller takes back
; those that nobody has claimed when the last program has been given out, and waits for the others.
; Programs are given out in order, in pieces that get smaller: each a share of what is left, so that the
; workers end at nearly the same time (guided self-scheduling: Polychronopoulos and Kuck, 1987).

@busy = internal global i32 0        ; 1 while a grid runs
@threads = internal global i32 0     ; workers there are
@grids = internal global i64 0       ; grids so far: what workers wait for a change of
@tickets = internal global i32 0     ; workers that may still take part
@finished = internal global i32 0    ; workers that took part and are done
@sleepers = internal global i32 0    ; workers that a post of @semaphore is due to
@stopping = internal global i32 0

@entry = internal global ptr null    ; void entry(slots, first, last)
@slots = internal global ptr null
@next = internal global i64 0        ; the first program that has not been given out
@total = internal global i64 0
@shares = internal global i64 1      ; a piece is what is left divided by this,
@smallest = internal global i64 1    ; and no smaller than this

@semaphore = internal global [64 x i8] zeroinitializer, align 16  ; a sem_t has 32 bytes
@is_made = internal global i32 0

declare i32 @sem_init(ptr, i32, i32)
declare i32 @sem_post(ptr)
declare i32 @sem_wait(ptr)
declare i32 @sched_yield()
declare i32 @pthread_attr_init(ptr)
declare i32 @pthread_attr_setstacksize(ptr, i64)
declare i32 @pthread_attr_setdetachstate(ptr, i32)
declare i32 @pthread_attr_destroy(ptr)
declare i32 @pthread_create(ptr, ptr, ptr, ptr)

; Run programs until all have been given out.
define internal void @work() {
start:
  %function = load ptr, ptr @entry
  %arguments = load ptr, ptr @slots
  %end = load i64, ptr @total
  %parts = load i64, ptr @shares
  %least = load i64, ptr @smallest
  br label %look
look:
  %first = load atomic i64, ptr @next monotonic, align 8
  %more = icmp slt i64 %first, %end
  br i1 %more, label %take, label %done
take:
  %left = sub i64 %end, %first
  %share = udiv i64 %left, %parts
  %is_small = icmp ult i64 %share, %least
  %wanted = select i1 %is_small, i64 %least, i64 %share
  %too_many = icmp ugt i64 %wanted, %left
  %count = select i1 %too_many, i64 %left, i64 %wanted
  %last = add i64 %first, %count
  %answer = cmpxchg ptr @next, i64 %first, i64 %last monotonic monotonic
  %mine = extractvalue { i64, i1 } %answer, 1
  br i1 %mine, label %run, label %look
run:
  call void %function(ptr %arguments, i64 %first, i64 %last)
  br label %look
done:
  ret void
}

; Take one off a counter that is above 0; whether it was.
define internal i1 @take_one(ptr %counter) {
start:
  br label %look
look:
  %value = load atomic i32, ptr %counter seq_cst, align 4
  %some = icmp sgt i32 %value, 0
  br i1 %some, label %take, label %none
take:
  %less = sub i32 %value, 1
  %answer = cmpxchg ptr %counter, i32 %value, i32 %less seq_cst seq_cst
  %taken = extractvalue { i32, i1 } %answer, 1
  br i1 %taken, label %done, label %look
none:
  ret i1 false
done:
  ret i1 true
}

define internal ptr @worker(ptr %unused) {
start:
  br label %again
again:
  ; Read first: a grid that comes after this is not missed below.
  %seen = load atomic i64, ptr @grids seq_cst, align 8
  %stop = load atomic i32, ptr @stopping seq_cst, align 4
  %is_stop = icmp ne i32 %stop, 0
  br i1 %is_stop, label %leave, label %claim
claim:
  %joined = call i1 @take_one(ptr @tickets)
  br i1 %joined, label %join, label %wait
join:
  call void @work()
  %was = atomicrmw add ptr @finished, i32 1 release
  br label %again
wait:
  br label %spin
spin:
  %round = phi i32 [ 0, %wait ], [ %following, %pause ]
  %now = load atomic i64, ptr @grids acquire, align 8
  %changed = icmp ne i64 %now, %seen
  br i1 %changed, label %again, label %count
count:
  %following = add i32 %round, 1
  %tired = icmp eq i32 %following, 2000
  br i1 %tired, label %lie_down, label %pause
pause:
  call void @relax()
  br label %spin
lie_down:
  %others = atomicrmw add ptr @sleepers, i32 1 seq_cst
  %late = load atomic i64, ptr @grids seq_cst, align 8
  %too_late = icmp ne i64 %late, %seen
  br i1 %too_late, label %up, label %sleep
up:
  ; If nobody is left to be woken, a post for this thread is on its way.
  %alone = call i1 @take_one(ptr @sleepers)
  br i1 %alone, label %again, label %sleep
sleep:
  %woken = call i32 @sem_wait(ptr @semaphore)
  br label %again
leave:
  %count_before = atomicrmw sub ptr @threads, i32 1 seq_cst
  ret ptr null
}

; Let all workers look at @grids again.
define internal void @wake() {
start:
  %before = atomicrmw add ptr @grids, i64 1 seq_cst
  %asleep = atomicrmw xchg ptr @sleepers, i32 0 seq_cst
  br label %look
look:
  %left = phi i32 [ %asleep, %start ], [ %less, %post ]
  %more = icmp sgt i32 %left, 0
  br i1 %more, label %post, label %done
post:
  %posted = call i32 @sem_post(ptr @semaphore)
  %less = sub i32 %left, 1
  br label %look
done:
  ret void
}

; Have so many workers, or as many as the system allows; how many of these there are.
define internal i32 @have_threads(i32 %wanted, i64 %stack) {
start:
  %attributes = alloca [128 x i8], align 16  ; a pthread_attr_t has 56 or 64 bytes
  %name = alloca i64, align 8
  %made = load i32, ptr @is_made
  %is_new = icmp eq i32 %made, 0
  br i1 %is_new, label %make, label %look
make:
  %ready = call i32 @sem_init(ptr @semaphore, i32 0, i32 0)
  store i32 1, ptr @is_made
  br label %look
look:
  %there = load atomic i32, ptr @threads seq_cst, align 4
  %enough = icmp sge i32 %there, %wanted
  br i1 %enough, label %done, label %create
create:
  %a = call i32 @pthread_attr_init(ptr %attributes)
  %b = call i32 @pthread_attr_setstacksize(ptr %attributes, i64 %stack)
  %c = call i32 @pthread_attr_setdetachstate(ptr %attributes, i32 1)
  %failed = call i32 @pthread_create(ptr %name, ptr %attributes, ptr @worker, ptr null)
  %d = call i32 @pthread_attr_destroy(ptr %attributes)
  %is_made_now = icmp eq i32 %failed, 0
  br i1 %is_made_now, label %counted, label %fewer
counted:
  %before = atomicrmw add ptr @threads, i32 1 seq_cst
  br label %look
fewer:
  ret i32 %there
done:
  ret i32 %wanted
}

define internal i1 @begin() {
  %answer = cmpxchg ptr @busy, i32 0, i32 1 seq_cst seq_cst
  %mine = extractvalue { i32, i1 } %answer, 1
  ret i1 %mine
}

; Run the programs 0 to %last - 1, the caller and up to %workers - 1 workers at a time, with stacks of so many bytes.
; How many workers took part.
define i32 @smtir_pool_run(ptr %function, ptr %arguments, i64 %last, i32 %workers, i64 %least, i64 %stack) {
start:
  %mine = call i1 @begin()
  br i1 %mine, label %share, label %alone
alone:
  call void %function(ptr %arguments, i64 0, i64 %last)
  ret i32 0
share:
  %wanted = sub i32 %workers, 1
  %helpers = call i32 @have_threads(i32 %wanted, i64 %stack)
  store ptr %function, ptr @entry
  store ptr %arguments, ptr @slots
  store i64 %last, ptr @total
  store i64 %least, ptr @smallest
  %twice = shl i32 %workers, 1
  %parts = zext i32 %twice to i64
  store i64 %parts, ptr @shares
  store atomic i64 0, ptr @next monotonic, align 8
  store atomic i32 0, ptr @finished monotonic, align 4
  store atomic i32 %helpers, ptr @tickets seq_cst, align 4
  call void @wake()
  call void @work()
  %unclaimed = atomicrmw xchg ptr @tickets, i32 0 seq_cst
  %claimed = sub i32 %helpers, %unclaimed
  br label %look
look:
  %round = phi i32 [ 0, %share ], [ %following, %pause ], [ %following, %yield ]
  %done = load atomic i32, ptr @finished acquire, align 4
  %all = icmp eq i32 %done, %claimed
  br i1 %all, label %end, label %wait
wait:
  %following = add i32 %round, 1
  %patient = icmp ult i32 %following, 2000
  br i1 %patient, label %pause, label %yield
pause:
  call void @relax()
  br label %look
yield:
  %yielded = call i32 @sched_yield()
  br label %look
end:
  store atomic i32 0, ptr @busy seq_cst, align 4
  ret i32 %claimed
}

; End all workers, unless a grid is running; for the end of the process.
define void @smtir_pool_stop() {
start:
  %mine = call i1 @begin()
  br i1 %mine, label %stop, label %done
stop:
  store atomic i32 1, ptr @stopping seq_cst, align 4
  call void @wake()
  br label %look
look:
  %there = load atomic i32, ptr @threads seq_cst, align 4
  %none = icmp eq i32 %there, 0
  br i1 %none, label %stopped, label %yield
yield:
  %yielded = call i32 @sched_yield()
  br label %look
stopped:
  store atomic i32 0, ptr @stopping seq_cst, align 4
  store atomic i32 0, ptr @busy seq_cst, align 4
  br label %done
done:
  ret void
}

; After a fork: the workers are in the parent only.
define void @smtir_pool_forget() {
  store i32 0, ptr @threads
  store i32 0, ptr @tickets
  store i32 0, ptr @finished
  store i32 0, ptr @sleepers
  store i32 0, ptr @is_made
  store atomic i32 0, ptr @busy seq_cst, align 4
  ret void
}
