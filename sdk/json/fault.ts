// What can be wrong with a JSON text, and how that is said.

/** Why a text is refused. */
export enum JsonFault {
  None = 0,
  Value,
  Name,
  Colon,
  ArrayEnd,
  ObjectEnd,
  Trailing,
  Number,
  Unterminated,
  ControlCharacter,
  Escape,
  LoneSurrogate,
  Encoding,
  DuplicateName,
  Depth,
  Size,
}

/** The fault in words. */
export function faultText(fault: JsonFault): string {
  switch (fault) {
    case JsonFault.Value:
      return "a value is wanted";
    case JsonFault.Name:
      return "a name in quotes is wanted";
    case JsonFault.Colon:
      return "a colon is wanted";
    case JsonFault.ArrayEnd:
      return "a comma or `]` is wanted";
    case JsonFault.ObjectEnd:
      return "a comma or `}` is wanted";
    case JsonFault.Trailing:
      return "nothing more is wanted";
    case JsonFault.Number:
      return "a digit is wanted";
    case JsonFault.Unterminated:
      return "a string that does not end";
    case JsonFault.ControlCharacter:
      return "a control character in a string must be escaped";
    case JsonFault.Escape:
      return "no escape sequence of JSON";
    case JsonFault.LoneSurrogate:
      return "half a surrogate pair";
    case JsonFault.Encoding:
      return "a string that is not UTF-8";
    case JsonFault.DuplicateName:
      return "a name that its object has already";
    case JsonFault.Depth:
      return "more than 100 levels";
    case JsonFault.Size:
      return "more than 16 MiB";
    default:
      return "";
  }
}
