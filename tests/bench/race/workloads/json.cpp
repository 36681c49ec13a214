// nlohmann_json: a document of 2000 records printed and parsed again.
#include <cstdio>
#include <nlohmann/json.hpp>

int main() {
  using nlohmann::json;
  std::size_t check = 0;
  for (int round = 0; round < 8; ++round) {
    json document = json::array();
    for (int i = 0; i < 2000; ++i)
      document.push_back({{"id", i}, {"name", "record " + std::to_string(i)}, {"values", {i, i * 2, i * 0.5}}, {"even", i % 2 == 0}});
    std::string text = document.dump();
    json again = json::parse(text);
    check += text.size() + again.size() + again[1999]["values"].size();
  }
  std::printf("%zu\n", check);
}
