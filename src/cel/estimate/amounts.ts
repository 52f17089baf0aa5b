/** From how much to how much something may be; Infinity where there is no bound. */
export interface Amount {
  readonly min: number
  readonly max: number
}

/** What is not known at all. */
export const unknownAmount: Amount = { min: 0, max: Number.POSITIVE_INFINITY }

/** Exactly so much. */
export const exactly = (amount: number): Amount => ({ min: amount, max: amount })

/** A product in which nothing times anything is nothing. */
export const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b)

/** A part of an amount, rounded up as upstream does. */
export const scaled = (amount: number, factor: number): number => Math.ceil(times(amount, factor))

/** Both together. */
export const sum = (a: Amount, b: Amount): Amount => ({ min: a.min + b.min, max: a.max + b.max })

/** Each as often as the other says. */
export const product = (a: Amount, b: Amount): Amount => ({
  min: times(a.min, b.min),
  max: times(a.max, b.max),
})

/** Either. */
export const either = (a: Amount, b: Amount): Amount => ({
  min: Math.min(a.min, b.min),
  max: Math.max(a.max, b.max),
})
