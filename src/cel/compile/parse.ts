import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import { CompileErrors } from './compile-errors.ts'
import { withoutOptionalMarks } from './optional-marks.ts'

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

/** A syntax tree, and where optional elements are marked in its source. */
interface ParsedExpression {
  readonly ast: ASTNode
  readonly marks: readonly number[]
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
  try {
    const { text, marks } = withoutOptionalMarks(source)
    return { ast: parser.parse(text).ast, marks }
  } catch (error) {
    if (error instanceof RangeError) {
      return errors.add(0, `expression recursion limit exceeded: ${maxDepth}`)
    }
    if (!(error instanceof ParseError)) throw error
    const summary = error.summary.startsWith('Exceeded maxDepth')
      ? `expression recursion limit exceeded: ${maxDepth}`
      : `Syntax error: ${error.summary.charAt(0).toLowerCase()}${error.summary.slice(1)}`
    return errors.add(error.range?.start ?? 0, summary)
  }
}
