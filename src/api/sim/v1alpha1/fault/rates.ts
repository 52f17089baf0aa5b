import { quantityNumber, tryParseQuantity } from '#machinery/quantity'

/** The part of a whole that a text such as `5%` says; undefined for any other text. */
export function readLoss(text: string): number | undefined {
  const match = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text)
  const percent = Number(match?.[1])
  return match && percent <= 100 ? percent / 100 : undefined
}

/** Bits a second, of a quantity as in `kubernetes.io/egress-bandwidth`; undefined for what is none. */
export function readBandwidth(text: string): number | undefined {
  const quantity = tryParseQuantity(text)
  return quantity && quantityNumber(quantity)
}
