import {
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  requiredField,
  tooLongField,
} from '#machinery/validation'
import { compileDeviceSelector } from '#rules'
import type { DeviceSelector } from '../../../generated/types/resource-v1.ts'
import { boundedList } from './lists.ts'

const mostSelectors = 32
const longestExpression = 10 * 1024
const dearestExpression = 1_000_000

/** Errors of the expressions that pick devices. */
export function validateSelectors(
  selectors: readonly DeviceSelector[] | undefined,
  path: FieldPath,
): FieldErrors {
  return boundedList(selectors, path, mostSelectors, ({ cel }, at) =>
    cel
      ? validateExpression(cel.expression ?? '', at.child('cel', 'expression'))
      : [requiredField(at.child('cel'))],
  )
}

function validateExpression(expression: string, path: FieldPath): FieldErrors {
  if (Buffer.byteLength(expression) > longestExpression) {
    return [tooLongField(path, longestExpression)]
  }
  const compiled = compileDeviceSelector(expression)
  if ('error' in compiled) return [invalidField(path, expression, compiled.error)]
  if (compiled.maxCost() <= dearestExpression) return []
  return [forbiddenField(path, 'too complex, exceeds cost limit')]
}
