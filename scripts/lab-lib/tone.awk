# Writes one second of 620 Hz at 8000 samples a second as mu-law (G.711), about 12 dB below full scale.
# Run it with LC_ALL=C: each sample is one byte.
function mu_law(sample,    sign, exponent, mantissa, bound) {
    sign = 0
    if (sample < 0) { sign = 128; sample = -sample }
    sample += 132
    exponent = 0
    for (bound = 256; sample >= bound; bound *= 2) exponent++
    mantissa = int(sample / (bound / 32)) % 16
    return 255 - (sign + exponent * 16 + mantissa)
}
BEGIN {
    for (i = 0; i < 8000; i++)
        printf "%c", mu_law(int(8000 * sin(2 * 3.14159265358979 * 620 * i / 8000)))
}
