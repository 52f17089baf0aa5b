import { requiredField } from '../../fields/field-errors.ts'
import type { FieldPath } from '../../fields/field-path.ts'
import type { ErrorList } from '../model/error-list.ts'
import type { Structural } from '../model/structural.ts'

/** Where a value stands in the structure, and where it is spoken of in the value validations. */
interface Places {
  readonly structure: FieldPath
  readonly validation: FieldPath
}

/** What the value validations of the root speak of, although the structure does not have it. */
export function addMissingStructure(root: Structural, path: FieldPath, errors: ErrorList): void {
  checkJunctors(root, root, { structure: path, validation: path }, errors)
}

function checkJunctors(
  node: Structural,
  structure: Structural,
  places: Places,
  errors: ErrorList,
): void {
  const at = (validation: FieldPath): Places => ({ ...places, validation })
  const { validation } = places
  if (node.not) checkNested(node.not, structure, at(validation.child('not')), errors)
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const [i, child] of node[name].entries()) {
      checkNested(child, structure, at(validation.child(name).index(i)), errors)
    }
  }
}

function checkNested(
  node: Structural,
  structure: Structural | undefined,
  { structure: at, validation }: Places,
  errors: ErrorList,
): void {
  if (!structure) {
    errors.push(requiredField(at, `because it is defined in ${validation}`))
    return
  }
  checkJunctors(node, structure, { structure: at, validation }, errors)
  if (node.items) {
    const places = { structure: at.child('items'), validation: validation.child('items') }
    checkNested(node.items, structure.items, places, errors)
  }
  for (const [name, child] of node.properties) {
    const places = {
      structure: at.child('properties').key(name),
      validation: validation.child('properties').key(name),
    }
    checkNested(child, structure.properties.get(name), places, errors)
  }
}
