import { createHash } from 'node:crypto'

/** Which queues a flow is dealt: different ones, all hands as likely (upstream: `shufflesharding`). */
export function handOf(
  flow: string,
  { queues, handSize }: { readonly queues: number; readonly handSize: number },
): readonly number[] {
  let hash = createHash('sha256').update(flow).digest().readBigUInt64LE(0)
  const hand: number[] = []
  for (let dealt = 0; dealt < handSize; dealt++) {
    const left = BigInt(queues - dealt)
    let card = Number(hash % left)
    hash /= left
    // Among those that are left: each card that is out before it moves it one on.
    for (const out of hand.toSorted((a, b) => a - b)) if (out <= card) card++
    hand.push(card)
  }
  return hand
}
