#include "arguments.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace gosan::driver {

const char* const help_text =
    R"(gosan-c++: clang++ with the checks, the memory-access pass and the recording runtime of gosan

usage: gosan-c++ [options of clang++] [options below] files...

  -fgosan-no-races   no race detection: memory accesses are not instrumented
  -fgosan-no-checks  no checks at compile time
  -fgosan-no-main    main() is not made the main goroutine; the program calls gosan::run itself
  -fgosan-plain      the plain runtime: no recording, no race detection, no checks
  -Wgosan-CHECK, -Wno-gosan-CHECK               a check at compile time on or off; CHECK may hold *
  -Werror=gosan-CHECK, -Wno-error=gosan-CHECK   its diagnostics are errors, or not even with -Werror
  --help             this text

GOSAN_CXX names the compiler to use in place of clang++-19.
)";

namespace {

using std::string_view;

// Options whose value is the next argument.
constexpr string_view takes_value[] = {
    "-o", "-x", "-I", "-L", "-D", "-U", "-include", "-include-pch", "-isystem", "-iquote", "-idirafter", "-imacros",
    "-iprefix", "-iwithprefix", "-iwithprefixbefore", "-isysroot", "-imultilib", "-MF", "-MT", "-MQ", "-MJ", "-Xclang",
    "-Xlinker", "-Xassembler", "-Xpreprocessor", "-Xanalyzer", "-mllvm", "-arch", "-target", "-T", "-u", "-z", "-e",
    "-A", "-B", "-F", "--param", "-working-directory", "-gcc-toolchain", "-framework", "-h", "-dumpdir", "--sysroot",
    "--config", "-resource-dir", "-rpath", "-serialize-diagnostics"};

constexpr string_view compile_only[] = {"-c", "-S", "-E", "-fsyntax-only", "-M", "-MM", "--analyze", "-emit-ast",
                                        "--precompile", "-emit-llvm-only"};

template <std::size_t N>
bool is_one_of(string_view word, const string_view (&list)[N]) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

void take_own_flag(request& r, string_view flag) {
  if (flag == "-fgosan-no-races") r.races = false;
  else if (flag == "-fgosan-no-checks") r.checks = false;
  else if (flag == "-fgosan-no-main") r.wrap_main = false;
  else if (flag == "-fgosan-plain") r.plain = true;
  else r.error = "unknown option '" + std::string(flag) + "' (gosan-c++ --help lists them)";
}

// "-Werror=gosan-double-lock" becomes an argument of the plugin; clang knows no such warning.
std::optional<std::string> argument_of_checks(string_view flag) {
  constexpr std::pair<string_view, string_view> forms[] = {{"-Wgosan-", "checks=gosan-"}, {"-Wno-gosan-", "checks=-gosan-"},
    {"-Werror=gosan-", "error=gosan-"}, {"-Wno-error=gosan-", "error=-gosan-"}};
  for (auto [form, argument] : forms)
    if (flag.starts_with(form)) return "-fplugin-arg-gosan-" + std::string(argument) + std::string(flag.substr(form.size()));
  return std::nullopt;
}

void look_at(request& r, string_view word) {
  if (is_one_of(word, compile_only)) r.compiles_only = true;
  else if (word == "-shared" || word == "--shared") r.shared = true;
  else if (word == "-static" || word == "--static" || word == "-static-pie") r.is_static = true;
  else if (word == "-r") r.relocatable = true;
  else if (word.starts_with("-fuse-ld=") || word.starts_with("--ld-path=")) r.chooses_linker = true;
  else if (word.starts_with("-std=") || word.starts_with("--std=")) r.chooses_standard = true;
  else if (word == "-x") r.chooses_standard = true;  // perhaps another language
  else if (word.ends_with(".c") && !word.starts_with("-")) r.has_c = r.has_input = true;
  else if (word.starts_with("-g") && !word.starts_with("-gcc-toolchain")) r.chooses_debug = true;
  else if (word.starts_with("-l") || word.starts_with("@") || word == "-" || !word.starts_with("-")) r.has_input = true;
  else if (word == "-fsanitize=thread") r.error = "-fsanitize=thread cannot be combined with gosan's own race detection";
}

void add(std::vector<std::string>& to, std::initializer_list<string_view> words) {
  to.insert(to.end(), words.begin(), words.end());
}

void add_compile_options(std::vector<std::string>& to, const request& r, const layout& where) {
  if (!r.chooses_debug) add(to, {"-g"});
  if (!r.chooses_standard && !r.has_c) add(to, {"-std=c++20"});  // what the headers need; clang 19 starts at C++17
  add(to, {"-fno-omit-frame-pointer", "-mno-omit-leaf-frame-pointer", "-fno-optimize-sibling-calls", "-isystem",
           where.include_dir});
  if (r.plain) return;
  if (r.races && where.pass) {
    // libstdc++ then keeps to accesses whose order can be told from the operations alone.
    add(to, {"-fpass-plugin=" + *where.pass, "-D_GLIBCXX_TSAN=1"});
  }
  if (!r.checks || !where.checks) return;
  add(to, {"-fplugin=" + *where.checks});
  to.insert(to.end(), r.for_checks.begin(), r.for_checks.end());
}

void add_link_options(std::vector<std::string>& to, const request& r, const layout& where) {
  if (!r.chooses_linker) add(to, {"-fuse-ld=lld"});
  if (r.shared || r.relocatable) return;  // what they lack comes from the program that loads them
  add(to, {"-L" + where.library_dir});
  if (r.wrap_main) {
    if (where.main_library) add(to, {"-lgosan_main"});
    add(to, {"-Wl,--wrap=main"});
  }
  if (r.plain) add(to, {"-lgosan"});
  else add(to, {"-Wl,--whole-archive", "-lgosan_verify", "-Wl,--no-whole-archive"});
  // A static link takes from the C library only what is named; the interceptors find what they stand before by these names.
  if (r.is_static && !r.plain) {
#define GOSAN_SECOND_NAME(name) add(to, {"-Wl,-u," #name});
#include "intercept/second_names.def"
#undef GOSAN_SECOND_NAME
  }
  // So that modules loaded later find the runtime in the program.
  if (!r.is_static)
    add(to, {"-Wl,--export-dynamic-symbol=__gosan_*", "-Wl,--export-dynamic-symbol=_ZN5gosan*",
             "-Wl,--export-dynamic-symbol=_ZNK5gosan*"});
  add(to, {"-lpthread", "-ldl"});
}

}  // namespace

request parse(const std::vector<std::string>& arguments) {
  request r;
  for (std::size_t n = 0; n != arguments.size() && r.error.empty(); ++n) {
    const std::string& word = arguments[n];
    if (word == "--help") r.help = true;
    if (word.starts_with("-fgosan-")) {
      take_own_flag(r, word);
      continue;
    }
    if (auto argument = argument_of_checks(word)) {
      r.for_checks.push_back(*argument);
      continue;
    }
    r.passed_on.push_back(word);
    look_at(r, word);
    if (is_one_of(word, takes_value) && n + 1 != arguments.size()) r.passed_on.push_back(arguments[++n]);
  }
  return r;
}

std::vector<std::string> command_line(const request& r, const layout& where) {
  std::vector<std::string> command{where.compiler};
  add(command, {"--start-no-unused-arguments"});
  // Ours come first: a value of the user's for the same option wins.
  add_compile_options(command, r, where);
  add(command, {"--end-no-unused-arguments"});
  command.insert(command.end(), r.passed_on.begin(), r.passed_on.end());
  if (r.has_input && !r.compiles_only) {
    add(command, {"--start-no-unused-arguments"});
    add_link_options(command, r, where);
    add(command, {"--end-no-unused-arguments"});
  }
  return command;
}

}  // namespace gosan::driver
