#include "sim/tracing/traced_clock.hpp"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>

#include "sim/text/error.hpp"
#include "sim/tracing/registers.hpp"

namespace fencepost {
namespace {

/// Where the page is in a traced program, and on the page behind it the code that reads it: no
/// kernel puts anything there by itself.
constexpr std::uint64_t kPlace = 0x2000'0000'0000, kPage = 4096, kCode = kPlace + kPage;
/// Where simulated time begins (2027-01-15 08:00:00 UTC), and when the machine seems to have
/// started: 10,000 s before.
constexpr Nanoseconds kEpoch = 1'800'000'000'000'000'000, kStarted = 1'799'990'000'000'000'000;

// What the vDSO's functions become, wherever they are copied to: clock_gettime (real time for 0, 5
// and 11; since the start for others; a processor's own time, 2, 3 and what is negative, from the
// kernel), gettimeofday, time, and getrandom, which says that it is not there.
asm(R"(
.pushsection .rodata
traced_clock_gettime:
  mov $0x200000000000, %rax
  mov (%rax), %rax
  test %edi, %edi
  je 1f
  js 2f
  cmp $5, %edi
  je 1f
  cmp $11, %edi
  je 1f
  cmp $2, %edi
  je 2f
  cmp $3, %edi
  je 2f
  mov $1799990000000000000, %rcx
  sub %rcx, %rax
1: xor %edx, %edx
  mov $1000000000, %rcx
  div %rcx
  mov %rax, (%rsi)
  mov %rdx, 8(%rsi)
  xor %eax, %eax
  ret
2: mov $228, %eax
  syscall
  ret
traced_gettimeofday:
  test %rdi, %rdi
  je 3f
  mov $0x200000000000, %rax
  mov (%rax), %rax
  xor %edx, %edx
  mov $1000000000, %rcx
  div %rcx
  mov %rax, (%rdi)
  mov %rdx, %rax
  xor %edx, %edx
  mov $1000, %rcx
  div %rcx
  mov %rax, 8(%rdi)
3: xor %eax, %eax
  ret
traced_time:
  mov $0x200000000000, %rax
  mov (%rax), %rax
  xor %edx, %edx
  mov $1000000000, %rcx
  div %rcx
  test %rdi, %rdi
  je 4f
  mov %rax, (%rdi)
4: ret
traced_getrandom:
  mov $-38, %rax
  ret
traced_end:
.popsection
)");
extern "C" const char traced_clock_gettime[], traced_gettimeofday[], traced_time[],
    traced_getrandom[], traced_end[];
constexpr std::uint64_t kNowhere = 0;

struct Replacement {
  std::string_view name;
  const char* code;
  bool needed;
};
const Replacement kReplacements[] = {{"__vdso_clock_gettime", traced_clock_gettime, true},
                                     {"__vdso_gettimeofday", traced_gettimeofday, true},
                                     {"__vdso_time", traced_time, true},
                                     {"__vdso_getrandom", traced_getrandom, false}};

/// How far behind the vDSO's beginning a function of it is: ours is the same as everybody's.
std::uint64_t offset_of(std::string_view name) {
  const auto base = static_cast<std::uint64_t>(getauxval(AT_SYSINFO_EHDR));
  if (base == kNowhere) return 0;
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(base);
  const auto* parts = reinterpret_cast<const Elf64_Phdr*>(base + header->e_phoff);
  const Elf64_Dyn* entry = nullptr;
  for (int i = 0; i < header->e_phnum; ++i)
    if (parts[i].p_type == PT_DYNAMIC)
      entry = reinterpret_cast<const Elf64_Dyn*>(base + parts[i].p_offset);
  const Elf64_Sym* symbols = nullptr;
  const char* names = nullptr;
  std::uint64_t size = 0;
  for (; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_SYMTAB)
      symbols = reinterpret_cast<const Elf64_Sym*>(base + entry->d_un.d_ptr);
    if (entry->d_tag == DT_STRTAB) names = reinterpret_cast<const char*>(base + entry->d_un.d_ptr);
    if (entry->d_tag == DT_STRSZ) size = entry->d_un.d_val;
  }
  constexpr int most = 64;
  for (int i = 1; i < most && symbols != nullptr && symbols[i].st_name < size; ++i)
    if (name == names + symbols[i].st_name) return symbols[i].st_value;
  return 0;
}

/// Where a program has its vDSO; nullopt: it has none.
std::optional<std::uint64_t> vdso_of(pid_t process) {
  std::ifstream maps(fmt::format("/proc/{}/maps", process));
  for (std::string line; std::getline(maps, line);)
    if (line.ends_with("[vdso]")) return std::stoull(line, nullptr, 16);
  return std::nullopt;
}

}  // namespace

TracedClock::TracedClock() {
  file_ = memfd_create("clock", MFD_CLOEXEC);
  void* const page = file_ < 0 || ftruncate(file_, kPage) != 0
                         ? MAP_FAILED
                         : mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (page == MAP_FAILED)
    throw EnvironmentError(fmt::format("a worker's clock can't be made: {}", std::strerror(errno)));
  page_ = static_cast<Nanoseconds*>(page);
  *page_ = kEpoch;
}

TracedClock::~TracedClock() {
  munmap(page_, kPage);
  close(file_);
}

void TracedClock::set(Instant instant) {
  *page_ = kEpoch + instant.time_since_epoch().count() * 1'000;
}

Instant TracedClock::first_instant_at(Nanoseconds shown) {
  constexpr Nanoseconds micro = 1'000;
  return Instant{Duration{(shown - kEpoch + micro - 1) / micro}};
}

Nanoseconds TracedClock::shown_by(int clock) const {
  if (clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID) return -1;
  const bool real = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
  return real ? now() : now() - kStarted;
}

Nanoseconds TracedClock::when_shows(int clock, Nanoseconds shown) const {
  return now() + shown - shown_by(clock);
}

void TracedClock::patch_into(pid_t process) const {
  const std::optional<std::uint64_t> vdso = vdso_of(process);
  if (!vdso) return;
  for (const Replacement& each : kReplacements)
    if (each.needed && offset_of(each.name) == 0)
      throw EnvironmentError(fmt::format(
          "this kernel's vDSO has no {}: real workers can't be run in simulated time", each.name));
  // The first function is overwritten in the end; until then it is where calls are made from.
  const std::uint64_t instruction = *vdso + offset_of(kReplacements[0].name);
  constexpr unsigned char syscall_instruction[] = {0x0f, 0x05};
  const std::string path = fmt::format("/proc/{}/fd/{}", getpid(), file_);
  Registers registers(process);
  bool done = write_memory(process, instruction, syscall_instruction, 2);
  const auto call = [&](long number, std::initializer_list<std::uint64_t> arguments) {
    const std::int64_t result = registers.inject(instruction, number, arguments);
    done = done && result >= 0;
    return static_cast<std::uint64_t>(result);
  };
  constexpr std::uint64_t anonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  call(SYS_mmap, {kCode, kPage, PROT_READ | PROT_EXEC, anonymous, ~std::uint64_t{0}, 0});
  // The path stands there only for as long as it is opened.
  done = done && write_memory(process, kCode, path.c_str(), path.size() + 1);
  const std::uint64_t file = call(SYS_open, {kCode, O_RDONLY, 0});
  call(SYS_mmap, {kPlace, kPage, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0});
  call(SYS_close, {file});
  done = done && write_memory(process, kCode, traced_clock_gettime,
                              static_cast<std::size_t>(traced_end - traced_clock_gettime));
  for (const Replacement& each : kReplacements) {
    const std::uint64_t from = offset_of(each.name);
    const std::uint64_t to = kCode + static_cast<std::uint64_t>(each.code - traced_clock_gettime);
    unsigned char jump[12] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0};  // mov, jmp *%rax
    std::memcpy(jump + 2, &to, sizeof to);
    if (from != 0) done = done && write_memory(process, *vdso + from, jump, sizeof jump);
  }
  if (!done)
    throw EnvironmentError(
        "a worker's clock can't be put into it: the kernel does not let its "
        "tracer write there");
}

}  // namespace fencepost
