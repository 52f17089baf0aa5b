export {
  exactField,
  type FieldSelector,
  matchesFields,
  parseFieldSelector,
} from './field-selector.ts'
export {
  formatLabelSelector,
  formatSelector,
  isEverything,
  type LabelOperator,
  type LabelSelector,
  type Labels,
  matchesLabels,
  nothing,
  type Requirement,
  type Selector,
  selectorFromMap,
  selectorFromObject,
  selectorOf,
} from './label-selector.ts'
export { parseLabelSelector } from './parse-labels.ts'
export { validateLabelSelector } from './validate-label-selector.ts'
