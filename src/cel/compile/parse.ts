import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import { CompileErrors } from './compile-errors.ts'
import { type PreparedSource, prepareSource } from './prepare-source.ts'

/** Longer expressions are refused, by upstream's bound. */
const maxLength = 100_000
/** Deeper ones too, by the bound of upstream's parser. */
const maxDepth = 250

const parser = new Environment({
  enableOptionalTypes: true,
  unlistedVariablesAreDyn: true,
  limits: {
    maxDepth,
    maxAstNodes: maxLength,
    maxListElements: maxLength,
    maxMapEntries: maxLength,
    maxCallArguments: 100,
  },
})

/** A syntax tree, and what the library has read. */
interface ParsedExpression {
  readonly ast: ASTNode
  readonly prepared: PreparedSource
}

/** Reads an expression into the library's syntax tree. */
export function parseExpression(source: string): ParsedExpression | CompileErrors {
  const errors = new CompileErrors(source)
  if (source.length > maxLength) {
    return errors.add(
      0,
      `expression code point size exceeds limit: size: ${source.length}, limit ${maxLength}`,
    )
  }
  const prepared = prepareSource(source)
  try {
    return { ast: parser.parse(prepared.text).ast, prepared }
  } catch (error) {
    if (error instanceof RangeError) {
      return errors.add(0, `expression recursion limit exceeded: ${maxDepth}`)
    }
    if (!(error instanceof ParseError)) throw error
    const summary = error.summary.startsWith('Exceeded maxDepth')
      ? `expression recursion limit exceeded: ${maxDepth}`
      : `Syntax error: ${error.summary.charAt(0).toLowerCase()}${error.summary.slice(1)}`
    return errors.add(prepared.originalOf(error.range?.start ?? 0), summary)
  }
}
