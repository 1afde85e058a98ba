// pg-boss as it is, with two jobs.
import PgBoss from "pg-boss";

const boss = new PgBoss({ connectionString: process.env.DATABASE_URL, schedule: false });
await boss.start();
await boss.createQueue("mail");
await boss.send("mail", { to: "a" });
await boss.send("mail", { to: "b" });
await boss.work("mail", () => new Promise((done) => setTimeout(done, 5_000)));
