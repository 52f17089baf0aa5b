import { goQuote } from '#machinery'
import { unknownFormats } from '#machinery/structural'
import type { CustomResourceDefinition } from '../../../generated/types/apiextensions-v1.ts'

/** Formats that nobody knows, once. */
export function definitionWarnings(
  definition: CustomResourceDefinition,
  old?: CustomResourceDefinition,
): readonly string[] {
  const known = new Set(old ? formatsOf(old) : [])
  const unknown = formatsOf(definition).filter((format) => !known.has(format))
  return unknown.map((format) => `unrecognized format ${goQuote(format)}`)
}

function formatsOf({ spec }: CustomResourceDefinition): readonly string[] {
  return spec.versions.flatMap(({ schema }) =>
    schema?.openAPIV3Schema ? unknownFormats(schema.openAPIV3Schema) : [],
  )
}
