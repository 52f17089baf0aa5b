/** How many seats a level may take: of its own, of what others lend, and what it lends to them. */
export interface SeatLimits {
  /** Its share of the server. */
  readonly nominal: number
  /** What nobody can borrow of it. */
  readonly least: number
  /** What it may have together with what it borrows. */
  readonly most: number
}

/** What the seats of a level are reckoned by. */
export interface Seated {
  readonly limits: SeatLimits
  /** Seats that are taken. */
  readonly taken: number
}

/**
 * Whether a level may take so many seats more. What others do not use of what they lend is there to be
 * borrowed at once, and the least that a level keeps is free for it at any time: seats that are taken or
 * kept never exceed the server's. Upstream moves limits every ten seconds by the demand of the past
 * instead; with seats that are given back after milliseconds, demand can be asked when it is there.
 */
export function mayTake(level: Seated, seats: number, all: Iterable<Seated>): boolean {
  const wanted = level.taken + seats
  if (wanted <= level.limits.least) return true
  if (wanted > level.limits.most) return false
  return wanted <= borrowable(level, all)
}

/** As many seats as a level could have now (upstream: its current limit). */
export function currentLimit(level: Seated, all: Iterable<Seated>): number {
  return Math.max(level.limits.least, Math.min(level.limits.most, borrowable(level, all)))
}

/** All seats but those that others have taken or keep. */
function borrowable(level: Seated, all: Iterable<Seated>): number {
  let free = 0
  for (const each of all) {
    free += each.limits.nominal
    if (each !== level) free -= Math.max(each.taken, each.limits.least)
  }
  return free
}

/** How much of its own share a level uses: whoever uses least of it is served first. */
export function useOf({ limits, taken }: Seated): number {
  return limits.nominal === 0 ? Number.POSITIVE_INFINITY : taken / limits.nominal
}
