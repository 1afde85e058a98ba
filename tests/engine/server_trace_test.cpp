// Three sessions that lock, wait, sleep, dead-lock, time out and are cancelled, as a seed says: one
// trace, every time.
#include <signal.h>

#include <array>
#include <map>
#include <memory>

#include "tests/fixtures/catch.hpp"
#include "tests/fixtures/server_session.hpp"

namespace fencepost {
namespace {

struct Dice {
  std::uint64_t state;
  int roll(int sides) {  // SplitMix64 (Steele, Lea, Flood 2014)
    std::uint64_t z = state += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return static_cast<int>((z ^ (z >> 31)) % static_cast<std::uint64_t>(sides));
  }
};

constexpr std::array<const char*, 10> kStatements{
    "begin",
    "begin isolation level repeatable read",
    "commit",
    "rollback",
    "update rows set n = n + 1, at = clock_timestamp() where id = 1 returning n, ctid, at",
    "update rows set n = n * 2 where id = 2 returning n, ctid, xmax = 0",
    "select id, ctid from rows where n < 40 order by n limit 1 for update skip locked",
    "select n from rows where id = 3 for share",
    "insert into written(why) values ('x') returning id, ctid, mark, at, random()",
    "select pg_sleep(0.02)"};

/// One session, and whether a statement of it is under way.
struct Player {
  std::unique_ptr<TestSession> session;
  bool busy = false;
};

class Game {
 public:
  Game(Cluster& cluster, std::uint64_t seed)
      : cluster_(cluster), clock_(cluster.clock()), dice_{seed} {
    start_over(cluster);
    TestSession admin(cluster);
    admin.ask("create table rows(id int primary key, n int, at timestamptz default now())");
    admin.ask(
        "create table written(id serial, why text, mark uuid default gen_random_uuid(), at "
        "timestamptz default now())");
    for (Player& player : players_) player.session = std::make_unique<TestSession>(cluster);
  }

  std::string play(int steps) {
    const Dice first = dice_;
    reset();
    for (int step = 0; step < steps; ++step) move();
    for (int round = 0; busy() && round < 300; ++round) {
      release_one();
      if (busy()) pass(10'000us);
    }
    for (Player& player : players_) {
      clock_.open_barrier(player.session->slot());
      player.session->ask("rollback");
    }
    trace_ += players_[0].session->ask("select *, ctid from rows order by ctid");
    trace_ += players_[0].session->ask("select *, ctid from written order by ctid");
    dice_ = first;
    return std::move(trace_);
  }

 private:
  void reset() {
    clock_.set(Instant{});
    trace_.clear();
    players_[0].session->ask("truncate rows, written restart identity");
    players_[0].session->ask("insert into rows select i, 0 from generate_series(1, 5) i");
    for (int i = 0; i < 3; ++i) {
      TestSession& session = *players_[static_cast<std::size_t>(i)].session;
      session.ask("set lock_timeout = '80ms'; set deadlock_timeout = '30ms'; select setseed(0.5)");
      clock_.seed(session.slot(), static_cast<std::uint64_t>(i));
      clock_.close_barrier(session.slot());
    }
  }

  void note(int who, const std::string& what) {
    trace_ += std::to_string(who) + " " + what + " at " + to_text(clock_.now()) + "\n";
  }

  void settle() {
    Slot slots[3];
    for (int i = 0; i < 3; ++i) slots[i] = players_[static_cast<std::size_t>(i)].session->slot();
    clock_.settle(slots, 3);
    for (int i = 0; i < 3; ++i) collect(i);
  }

  void collect(int who) {
    Player& player = players_[static_cast<std::size_t>(who)];
    const Activity activity = player.session->activity();
    REQUIRE(activity != Activity::gone);
    REQUIRE(activity != Activity::other);
    if (!player.busy) return;
    if (activity == Activity::idle) {
      player.busy = false;
      note(who, "-> " + player.session->answer());
    } else {
      note(who, "waits " + std::to_string(static_cast<int>(activity)));
    }
  }

  bool busy() const { return players_[0].busy || players_[1].busy || players_[2].busy; }

  void move() {
    const int who = dice_.roll(4);
    if (who == 3) return pass(Duration{dice_.roll(15'000)});
    Player& player = players_[static_cast<std::size_t>(who)];
    const int which = dice_.roll(static_cast<int>(kStatements.size()));
    if (!player.busy) {
      note(who, kStatements[static_cast<std::size_t>(which)]);
      player.busy = true;
      player.session->start(kStatements[static_cast<std::size_t>(which)]);
    } else if (player.session->activity() == Activity::held) {
      note(who, "released");
      clock_.release(player.session->slot());
    } else if (which == 0) {
      note(who, "cancelled");
      clock_.signal(player.session->slot(), SIGINT);
    }
    settle();
  }

  void release_one() {
    for (int i = 0; i < 3; ++i) {
      TestSession& session = *players_[static_cast<std::size_t>(i)].session;
      if (session.activity() != Activity::held) continue;
      clock_.release(session.slot());
      return settle();
    }
  }

  void pass(Duration length) {
    clock_.set(clock_.now() + length);
    for (int i = 0; i < 3; ++i) {
      if (!clock_.fire(players_[static_cast<std::size_t>(i)].session->slot())) continue;
      note(i, "timer");
      settle();
    }
  }

  Cluster& cluster_;
  ServerClock& clock_;
  Dice dice_;
  std::array<Player, 3> players_;
  std::string trace_;
};

TEST_CASE("server trace: the same moves give the same trace, physical places included", "[sim]") {
  const std::uint64_t seed = GENERATE(1u, 2u, 3u, 4u);
  Game game(shared_cluster(), seed);
  std::map<std::string, int> traces;
  for (int repeat = 0; repeat < 25; ++repeat) ++traces[game.play(80)];
  CHECK(traces.size() == 1);
}

}  // namespace
}  // namespace fencepost
