// Reads the status lists of tests/vectors/tc1.json with @sd-jwt/jwt-status-list: the same statuses at 1, 2, 4 and 8 bits,
// and, written anew by it, the same bits.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

import { StatusList } from "@sd-jwt/jwt-status-list";

const told = JSON.parse(readFileSync(process.argv[2], "utf8")).status_lists;
assert.deepEqual(told.map((list) => list.bits), [1, 2, 4, 8]);
for (const { bits, lst, statuses } of told) {
  const ours = Buffer.from(lst, "hex");
  const theirs = StatusList.decompressStatusList(ours.toString("base64url"), bits);
  assert.deepEqual(theirs.statusList, statuses, `${bits} bits`);
  statuses.forEach((status, index) => assert.equal(theirs.getStatus(index), status));
  assert.throws(() => theirs.getStatus(statuses.length));
  const again = new StatusList(statuses, bits).encodeStatusList();
  assert.deepEqual(Buffer.from(again), inflateSync(ours), `${bits} bits, written by them`);
}
console.log(`@sd-jwt/jwt-status-list agrees: ${told.map((list) => list.bits).join(", ")} bits`);
