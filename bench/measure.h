/* What every benchmark does with its measurements. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline int measure_by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct measured {
	double median, low, high; /* LOW and HIGH are the quartiles */
};

/* Sorts VALUES. */
static inline struct measured measured(double values[], size_t count)
{
	qsort(values, count, sizeof(*values), measure_by_size);
	return (struct measured){ values[count / 2], values[count / 4], values[count * 3 / 4] };
}

static inline double median(double values[], size_t count)
{
	return measured(values, count).median;
}

/* --csv has these columns from every benchmark, for scripts/bench to collect. The ratio is to REFERENCE's median. */
#define CSV_HEAD "benchmark,case,way,unit,median,low,high,reference,ratio"

static inline void csv_row(const char *benchmark, const char *which, const char *way, const char *unit,
			   struct measured m, const char *reference, double by)
{
	printf("%s,\"%s\",\"%s\",%s,%.6g,%.6g,%.6g,\"%s\",%.4g\n", benchmark, which, way, unit, m.median, m.low, m.high,
	       reference, by > 0 ? m.median / by : 0);
	fflush(stdout);
}

#endif
