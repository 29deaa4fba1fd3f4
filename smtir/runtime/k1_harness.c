// Starts a kernel in a static riscv64 program without a C library.
//
// usage: program FILE WORKER FIRST LAST STEP
//
// FILE is mapped shared, so what the kernel writes is in the file when the program ends or dies.
// It begins with 64-bit words:
//   magic, bytes of the file, slots, guards, workers,
//   a pair (is an offset into the file, value) for each slot,
//   a pair (offset, length) for each guard: pages that no array owns, made inaccessible,
//   a word for each worker: the program id that it runs.
// The kernel's programs FIRST <= id < LAST are run one after the other, STEP in one call.  What counts instructions knows the harness by the prefix of its names.
#include <stddef.h>
#include <stdint.h>

#define MAGIC 0x31314b5249544d53u // "SMTIRK11"

enum { SYS_OPENAT = 56, SYS_WRITE = 64, SYS_EXIT = 93, SYS_MMAP = 222, SYS_MPROTECT = 226 };
enum { AT_CWD = -100, READ_WRITE = 2, PROT_READ_WRITE = 3, SHARED = 1, PRIVATE_ANONYMOUS = 0x22 };

void smtir_harness_entry(const uint64_t *slots, int64_t first, int64_t last);

static long smtir_harness_call(long number, long a, long b, long c, long d, long e) {
  register long r0 __asm__("a0") = a;
  register long r1 __asm__("a1") = b;
  register long r2 __asm__("a2") = c;
  register long r3 __asm__("a3") = d;
  register long r4 __asm__("a4") = e;
  register long r5 __asm__("a5") = 0;
  register long r7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5), "r"(r7) : "memory");
  return r0;
}

static void smtir_harness_say(const char *message) {
  size_t length = 0;
  while (message[length]) length++;
  smtir_harness_call(SYS_WRITE, 2, (long)message, (long)length, 0, 0);
}

static _Noreturn void smtir_harness_exit(int code) {
  for (;;) smtir_harness_call(SYS_EXIT, code, 0, 0, 0, 0);
}

static _Noreturn void smtir_harness_leave(const char *message) {
  smtir_harness_say(message);
  smtir_harness_exit(120);
}

// Messages of the kernel, as records on the standard output: 1 for a print and 2 for a failed assertion, bytes
// of the description, place x, y, z, bytes of the data; then the description and the data.
static void smtir_harness_write(const char *from, int64_t size) {
  while (size > 0) {
    long written = smtir_harness_call(SYS_WRITE, 1, (long)from, (long)size, 0, 0);
    if (written <= 0) return;
    from += written, size -= written;
  }
}

static void smtir_harness_record(uint32_t kind, const char *text, int64_t length, const char *data, int64_t size,
                                 int32_t x, int32_t y, int32_t z) {
  uint32_t head[6] = {kind, (uint32_t)length, (uint32_t)x, (uint32_t)y, (uint32_t)z, (uint32_t)size};
  smtir_harness_write((const char *)head, sizeof head);
  smtir_harness_write(text, length);
  smtir_harness_write(data, size);
}

void smtir_harness_print(const char *text, int64_t length, const char *data, int64_t size, int32_t x, int32_t y,
                         int32_t z) {
  smtir_harness_record(1, text, length, data, size, x, y, z);
}

_Noreturn void smtir_harness_fail(const char *text, int64_t length, const char *data, int64_t size, int32_t x,
                                  int32_t y, int32_t z) {
  smtir_harness_record(2, text, length, data, size, x, y, z);
  for (;;) smtir_harness_call(SYS_EXIT, 121, 0, 0, 0, 0);
}

static int64_t smtir_harness_number(const char *text) {
  int64_t value = 0;
  for (; *text; text++) value = value * 10 + (*text - '0');
  return value;
}

static void *smtir_harness_map(long size, long flags, long file) {
  long address = smtir_harness_call(SYS_MMAP, 0, size, PROT_READ_WRITE, flags, file);
  return address < 0 && address > -4096 ? NULL : (void *)address;
}

__attribute__((used)) static _Noreturn void smtir_harness_main(long *stack) {
  char **arguments = (char **)(stack + 1);
  if (stack[0] != 6) smtir_harness_leave("usage: FILE WORKER FIRST LAST STEP\n");
  long file = smtir_harness_call(SYS_OPENAT, AT_CWD, (long)arguments[1], READ_WRITE, 0, 0);
  if (file < 0) smtir_harness_leave("cannot open the argument file\n");
  uint64_t *header = smtir_harness_map(4096, SHARED, file);
  if (!header || header[0] != MAGIC) smtir_harness_leave("not an argument file\n");
  char *base = smtir_harness_map((long)header[1], SHARED, file);
  if (!base) smtir_harness_leave("cannot map the argument file\n");
  header = (uint64_t *)base;

  uint64_t count = header[2], guards = header[3];
  uint64_t *pairs = header + 5, *progress = pairs + 2 * (count + guards) + smtir_harness_number(arguments[2]);
  uint64_t slots[count];
  for (uint64_t i = 0; i < count; i++, pairs += 2) slots[i] = pairs[0] ? (uint64_t)(base + pairs[1]) : pairs[1];
  for (uint64_t i = 0; i < guards; i++, pairs += 2)
    if (smtir_harness_call(SYS_MPROTECT, (long)(base + pairs[0]), (long)pairs[1], 0, 0, 0)) smtir_harness_leave("cannot protect guards\n");

  int64_t last = smtir_harness_number(arguments[4]), step = smtir_harness_number(arguments[5]);
  for (int64_t id = smtir_harness_number(arguments[3]); id < last; id += step) {
    *(volatile uint64_t *)progress = (uint64_t)id;
    smtir_harness_entry(slots, id, last - id < step ? last : id + step);
  }
  smtir_harness_exit(0);
}

// With musl, its start-up code calls main and this one gives way; argv is still where the kernel put it.
__attribute__((weak)) int main(int count, char **arguments) {
  (void)count;
  smtir_harness_main((long *)arguments - 1);
}

__asm__(".weak _start\n.type _start, @function\n"
        "_start:\n"
        ".option push\n.option norelax\nla gp, __global_pointer$\n.option pop\n"
        "mv a0, sp\nandi sp, sp, -16\ntail smtir_harness_main\n"
        ".size _start, . - _start\n");

// What LLVM and MLIR call without being asked.

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  char *out = to;
  for (const char *in = from; size--;) *out++ = *in++;
  return to;
}

void *memmove(void *to, const void *from, size_t size) {
  if ((uintptr_t)to - (uintptr_t)from >= size) return memcpy(to, from, size);
  while (size--) ((char *)to)[size] = ((const char *)from)[size];
  return to;
}

void *memset(void *to, int value, size_t size) {
  for (char *out = to; size--;) *out++ = (char)value;
  return to;
}

// Blocks of a power of two of bytes; each begins with its class in front of the memory handed out.
enum { SMALLEST = 7, CLASSES = 48, FRONT = 64 };
static void *free_blocks[CLASSES];

void *malloc(size_t size) {
  int class = SMALLEST;
  while (((size_t)1 << class) < size + FRONT) class++;
  if (class >= CLASSES) return NULL;
  char *block = free_blocks[class];
  if (block) {
    free_blocks[class] = *(void **)(block + FRONT);
  } else {
    size_t bytes = (size_t)1 << class, mapped = bytes < 65536 ? 65536 : bytes;
    block = smtir_harness_map((long)mapped, PRIVATE_ANONYMOUS, -1);
    if (!block) return NULL;
    for (size_t next = bytes; next < mapped; next += bytes) {
      *(void **)(block + next + FRONT) = free_blocks[class];
      free_blocks[class] = block + next;
    }
  }
  *(int *)block = class;
  return block + FRONT;
}

void free(void *memory) {
  if (!memory) return;
  char *block = (char *)memory - FRONT;
  int class = *(int *)block;
  *(void **)memory = free_blocks[class];
  free_blocks[class] = block;
}

void *aligned_alloc(size_t alignment, size_t size) { return alignment <= FRONT ? malloc(size) : NULL; }
