/** What every picture has in it, and hardly another SVG. */
export const PICTURE_SIGN = 'id="tollgate-way"';
