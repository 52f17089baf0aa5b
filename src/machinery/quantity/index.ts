export { type IntOrString, isPercent, scaledValue } from './int-or-string.ts'
export {
  addQuantities,
  compareQuantities,
  formatQuantity,
  milliQuantity,
  parseQuantity,
  type Quantity,
  quantityMilliValue,
  quantityNumber,
  quantityOf,
  quantityValue,
  subtractQuantities,
  tryParseQuantity,
  zeroQuantity,
} from './quantity.ts'
